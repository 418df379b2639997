"""Who may do what, exhaustively."""

import pytest

from openscrutiny.core.permits import Action, NotPermitted, Role, check, may

EXPECTED = {
    (Role.ANYONE, Action.READ): True,
    (Role.ANYONE, Action.IMPORT_FILE): False,
    (Role.ANYONE, Action.WITHDRAW_BATCH): False,
    (Role.MEMBER, Action.READ): True,
    (Role.MEMBER, Action.IMPORT_FILE): False,
    (Role.MEMBER, Action.WITHDRAW_BATCH): False,
    (Role.CHAIR, Action.READ): True,
    (Role.CHAIR, Action.IMPORT_FILE): False,
    (Role.CHAIR, Action.WITHDRAW_BATCH): False,
    (Role.ANALYST, Action.READ): True,
    (Role.ANALYST, Action.IMPORT_FILE): True,
    (Role.ANALYST, Action.WITHDRAW_BATCH): True,
    (Role.SECRETARIAT, Action.READ): True,
    (Role.SECRETARIAT, Action.IMPORT_FILE): True,
    (Role.SECRETARIAT, Action.WITHDRAW_BATCH): True,
}


def test_the_table_names_every_role_and_action() -> None:
    assert set(EXPECTED) == {(role, action) for role in Role for action in Action}


@pytest.mark.parametrize(("role", "action"), EXPECTED)
def test_each_role_may_do_what_the_table_says_and_no_more(role: Role, action: Action) -> None:
    assert may(role, action) is EXPECTED[role, action]
    if EXPECTED[role, action]:
        check(role, action)
    else:
        with pytest.raises(NotPermitted) as refusal:
            check(role, action)
        assert "analyst" in refusal.value.reason
        assert "secretariat" in refusal.value.reason
        assert refusal.value.what_to_do.endswith(".")


def test_only_a_person_who_has_not_signed_in_is_told_to_sign_in() -> None:
    with pytest.raises(NotPermitted) as nobody:
        check(Role.ANYONE, Action.IMPORT_FILE)
    with pytest.raises(NotPermitted) as member:
        check(Role.MEMBER, Action.IMPORT_FILE)
    assert nobody.value.sign_in_helps
    assert not member.value.sign_in_helps
    assert "member" in member.value.reason
