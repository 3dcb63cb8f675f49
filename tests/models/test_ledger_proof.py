"""Proofs that a regulator or an auditor checks without the other entries."""

import json
from dataclasses import replace

import pytest

from models.database import Store
from models.errors import InvalidInputError, NotFoundError, RefusedError
from models.ledger_proof import prove, prove_consistency, read_proof
from tests.models.test_signed_note import another_verifier
from tests.support.ledger import bend, write


@pytest.mark.parametrize("seq", [0, 4, 8])
def test_proof_of_an_entry_checks_from_its_json_alone(store: Store, seq: int) -> None:
    write(store, 3, 1, 5)
    with store.reading() as session:
        written = json.dumps(prove(session, seq).to_json())
    proof = read_proof(json.loads(written))
    proof.check(store.signer.verifier())
    assert json.loads(proof.document)["seq"] == seq


def test_proof_shows_no_other_entry(store: Store) -> None:
    write(store, 3, 1, 5)
    with store.reading() as session:
        written = json.dumps(prove(session, 4).to_json())
    assert written.count("step:done") == 1


@pytest.mark.parametrize(
    "change",
    [{"document": b"{}"}, {"seq": 3}, {"size": 8}, {"path": ()}, {"checkpoint": "nonsense"}],
    ids=lambda change: next(iter(change)),
)
def test_proof_that_was_altered_is_refused(store: Store, change: dict[str, object]) -> None:
    write(store, 3, 1, 5)
    with store.reading() as session:
        proof = prove(session, 4)
    with pytest.raises(RefusedError):
        replace(proof, **change).check(store.signer.verifier())


def test_proof_is_refused_under_another_key(store: Store) -> None:
    write(store, 3)
    with store.reading() as session:
        proof = prove(session, 1)
    with pytest.raises(RefusedError, match="not signed with this key"):
        proof.check(another_verifier())


def test_proof_of_an_entry_that_does_not_exist_says_which_do(store: Store) -> None:
    write(store, 3)
    with store.reading() as session, pytest.raises(NotFoundError, match="from 0 to 2"):
        prove(session, 3)


@pytest.mark.parametrize(
    "bent",
    ["delete from ledger_entry where seq = 0", "update ledger_entry set leaf_hash = document where seq = 0"],
)
def test_proof_from_a_bent_ledger_is_not_made(store: Store, bent: str) -> None:
    write(store, 3)
    bend(store, bent)
    with store.reading() as session, pytest.raises(RefusedError, match="ledger verify"):
        prove(session, 1)


@pytest.mark.parametrize(
    "given", [{}, {"schema": "other/1"}, {"schema": "tocsin/ledger-proof/1", "seq": "x"}]
)
def test_proof_that_is_none_is_refused(given: dict[str, object]) -> None:
    with pytest.raises(InvalidInputError, match="not a proof"):
        read_proof(given)


def test_consistency_holds_from_every_checkpoint_to_the_newest(store: Store) -> None:
    write(store, 3, 1, 5)
    with store.reading() as session:
        proofs = [prove_consistency(session, size) for size in (3, 4, 9)]
    for proof in proofs:
        proof.check(store.signer.verifier())
    with pytest.raises(RefusedError, match="does not begin with"):
        replace(proofs[0], path=proofs[1].path).check(store.signer.verifier())


def test_consistency_needs_a_checkpoint_at_that_size(store: Store) -> None:
    write(store, 3)
    with store.reading() as session, pytest.raises(NotFoundError):
        prove_consistency(session, 2)
