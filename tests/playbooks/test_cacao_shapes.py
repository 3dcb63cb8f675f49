"""Whatever is of the wrong kind, missing or empty in a CACAO document is named with its place."""

import copy

import pytest

from playbooks.cacao.shapes import shape_faults

AT = "2026-03-03T09:00:00.000Z"


def named(kind, number=1):
    return f"{kind}--00000000-0000-4000-8000-{number:012d}"


ACTION, EXTENSION = named("action"), named("extension-definition")
SOUND = {
    "description": "d",
    "playbook_processing_summary": {"if_logic": True},
    "revoked": False,
    "labels": ["l"],
    "external_references": [{"name": "n", "url": "https://site.example"}],
    "playbook_variables": {"__v__": {"type": "string", "constant": True}},
    "workflow": {
        ACTION: {
            "owner": named("identity"),
            "commands": [{"type": "manual", "version": "1"}],
            "targets": [named("group")],
            "out_args": ["__v__"],
            "step_extensions": {EXTENSION: {}},
        }
    },
    "agent_definitions": {
        named("organization"): {
            "location": {"region": "europe"},
            "contact": {"email": {"work": "a@site.example"}},
        },
        named("ssh"): {"address": {}},
    },
    "authentication_info_definitions": {
        named("oauth2"): {"type": "oauth2", "oauth_header": "h", "token": "t"}
    },
    "data_marking_definitions": {
        named("marking-tlp"): {
            "type": "marking-tlp",
            "id": named("marking-tlp"),
            "created_by": named("identity"),
            "created": AT,
            "tlpv2_level": "TLP:GREEN",
        }
    },
    "signatures": [
        {
            "type": "jss",
            "id": named("jss"),
            "created": AT,
            "modified": AT,
            "signee": "s",
            "related_to": named("playbook"),
            "related_version": AT,
            "hash_algorithm": "sha-256",
            "algorithm": "Ed25519",
            "public_key": "k",
            "value": "v",
        }
    ],
}
MISSING = object()


def changed(path, value):
    document = copy.deepcopy(SOUND)
    *above, last = path
    inner = document
    for name in above:
        inner = inner[name]
    if value is MISSING:
        del inner[last]
    else:
        inner[last] = value
    return document


def test_sound_document_has_no_fault():
    assert list(shape_faults(SOUND)) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["description"], 5),
        (["playbook_processing_summary"], []),
        (["playbook_processing_summary", "if_logic"], "yes"),
        (["revoked"], "false"),
        (["labels"], []),
        (["labels", 0], None),
        (["external_references", 0, "name"], MISSING),
        (["external_references", 0, "url"], 5),
        (["playbook_variables", "__v__", "constant"], 1),
        (["workflow", ACTION, "owner"], "me"),
        (["workflow", ACTION, "commands", 0, "version"], 1),
        (["workflow", ACTION, "targets"], []),
        (["workflow", ACTION, "out_args", 0], {}),
        (["workflow", ACTION, "step_extensions"], {}),
        (["workflow", ACTION, "step_extensions", EXTENSION], "x"),
        (["agent_definitions"], {}),
        (["agent_definitions", named("organization"), "location", "region"], "the north"),
        (["agent_definitions", named("organization"), "contact", "email", "work"], []),
        (["agent_definitions", named("ssh"), "address"], MISSING),
        (["authentication_info_definitions", named("oauth2"), "token"], MISSING),
        (["authentication_info_definitions", named("oauth2"), "type"], "http-basic"),
        (["data_marking_definitions", named("marking-tlp"), "tlpv2_level"], "TLP:WHITE"),
        (["data_marking_definitions", named("marking-tlp"), "created"], "today"),
        (["signatures"], {}),
        (["signatures", 0, "signee"], MISSING),
        (["signatures", 0, "related_to"], "x"),
    ],
)
def test_what_breaks_the_form_is_named_with_its_place(path, value):
    places = {fault.pointer for fault in shape_faults(changed(path, value))}
    assert places == {"/" + "/".join(map(str, path))}


def test_signature_names_exactly_one_key():
    assert [fault.pointer for fault in shape_faults(changed(["signatures", 0, "thumbprint"], "t"))] == [
        "/signatures/0"
    ]
