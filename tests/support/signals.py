"""Signals for tests, in the forms their makers publish; every name and number is made up."""

import json
from typing import Any


def macie(bucket: str = "exports-7", own_id: str = "finding-1", **more: Any) -> bytes:
    """Write a Macie finding about an open bucket with customers' data."""
    finding = {
        "id": own_id,
        "type": "SensitiveData:S3Object/Multiple",
        "title": "The object holds several kinds of sensitive data.",
        "createdAt": "2026-03-03T02:50:00Z",
        "archived": False,
        "severity": {"description": "High", "score": 3},
        "classificationDetails": {
            "result": {
                "sensitiveData": [
                    {
                        "category": "PERSONAL_INFORMATION",
                        "detections": [{"type": "NAME"}, {"type": "PHONE_NUMBER"}],
                    },
                    {"category": "FINANCIAL_INFORMATION", "detections": [{"type": "BANK_ACCOUNT_NUMBER"}]},
                ]
            }
        },
        "resourcesAffected": {
            "s3Bucket": {"name": bucket, "publicAccess": {"effectivePermission": "PUBLIC"}}
        },
        **more,
    }
    return json.dumps(finding).encode()
