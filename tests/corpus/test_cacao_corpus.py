"""CACAO documents and schemas that nobody on this project wrote."""

import json
import random
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jsonschema import Draft7Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT7

from playbooks.cacao.exporting import export_cacao
from playbooks.cacao.importing import export_text, import_cacao
from playbooks.loader import library, library_text, load_playbook
from tests.response.test_signal_covers import damaged, paths

CORPUS = Path(__file__).parents[3] / "shared" / "corpora" / "cacao"
PLAYBOOKS = sorted((CORPUS / "playbooks").glob("*.json"))

pytestmark = [
    pytest.mark.corpus,
    pytest.mark.skipif(not PLAYBOOKS, reason="the corpora are not beside the project"),
]


@pytest.fixture(scope="module")
def official():
    schemas = [json.loads(path.read_text(encoding="utf-8")) for path in (CORPUS / "schemas").rglob("*.json")]
    resources = [
        (schema["$id"], Resource.from_contents(schema, default_specification=DRAFT7)) for schema in schemas
    ]
    (playbook,) = [schema for schema in schemas if schema.get("title") == "playbook"]
    return Draft7Validator(playbook, registry=Registry().with_resources(resources))


@pytest.mark.parametrize("name", library())
def test_cacao_export_validates_against_the_official_schemas(name, official):
    document = export_cacao(load_playbook(library_text(name), name), datetime(2026, 3, 3, tzinfo=UTC))
    assert [error.message for error in official.iter_errors(json.loads(export_text(document)))] == []


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem[:40])
def test_cacao_import_finds_faults_where_the_official_schemas_do(path, official):
    text = path.read_text(encoding="utf-8")
    found = import_cacao(text, path.name)
    places = {"/".join(map(str, error.absolute_path)) for error in official.iter_errors(json.loads(text))}
    assert found.faults or not places
    for place in places:
        assert any(fault.pointer.strip("/").startswith(place) for fault in found.faults), place


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem[:40])
def test_cacao_import_takes_any_damage_to_them_without_a_crash(path):
    document, dice = json.loads(path.read_text(encoding="utf-8")), random.Random(path.stem)
    for place in dice.sample(list(paths(document)), 6):
        for junk in (None, [], {"a": 1}):
            text = json.dumps(damaged(document, place, junk), indent=1)
            found = import_cacao(text, path.name)
            assert found.faults or found.playbook
            assert all(0 < fault.line <= text.count("\n") + 1 for fault in found.faults if fault.pointer)


@pytest.mark.parametrize("path", PLAYBOOKS, ids=lambda path: path.stem[:40])
def test_cacao_import_keeps_a_draft_of_every_document(path):
    found = import_cacao(path.read_text(encoding="utf-8"), path.name)
    assert found.text
    if not found.faults:
        assert found.runnable().workflow
