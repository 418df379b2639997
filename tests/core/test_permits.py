"""Who may do what, exhaustively: every role, every action, for the asked and for another."""

from __future__ import annotations

import pytest

from openscrutiny.core.permits import (
    IN_WORDS,
    NOBODY,
    Action,
    Held,
    NotPermitted,
    Place,
    Role,
    Standing,
    check,
    may,
    own_work,
)

# x anywhere; b only for the body a thing belongs to; a only for the organisation that was asked;
# i only for one that was not; . never
TABLE = """
action                    anyone member chair deputy secretariat analyst drafter clearer signatory partnership coordinator verifier case_reviewer moderator committee clerk administrator
read                      x      x      x     x      x           x       x       x       x         x           x           x        x             x         x         x     x
import_file               .      .      .     .      x           x       .       .       .         .           .           .        .             .         .         .     .
withdraw_batch            .      .      .     .      x           x       .       .       .         .           .           .        .             .         .         .     .
annotate                  .      .      .     .      x           x       .       .       .         .           .           .        .             .         .         .     .
confirm_rebase            .      .      .     .      x           x       .       .       .         .           .           .        .             .         .         .     .
try_methods               .      x      x     x      x           x       .       .       .         .           .           .        .             .         .         .     .
see_own_work              .      x      x     x      x           x       x       x       x         x           x           x        x             x         x         x     x
manage_accounts           .      .      .     .      .           .       .       .       .         .           .           .        .             .         .         .     x
read_audit                .      .      x     .      x           .       .       .       .         .           .           .        .             .         x         x     .
triage_finding            .      .      x     .      x           .       .       .       .         .           .           .        .             .         .         .     .
read_enquiry              .      x      x     x      x           x       .       .       .         .           .           .        .             .         .         .     .
edit_enquiry              .      .      .     .      x           .       .       .       .         .           .           .        .             .         .         .     .
approve_enquiry           .      .      x     .      .           .       .       .       .         .           .           .        .             .         .         .     .
read_question_draft       .      x      x     x      x           .       .       .       .         .           .           .        .             .         .         .     .
draft_question            .      x      x     x      x           .       .       .       .         .           .           .        .             .         .         .     .
decide_remit              .      .      x     .      x           .       .       .       .         .           .           .        .             .         .         .     .
issue_question            .      .      x     .      x           .       .       .       .         .           .           .        .             .         .         .     .
read_question             .      x      x     x      x           x       a       a       a         a           a           x        .             .         x         x     .
draft_response            .      .      .     .      .           .       a       a       a         a           a           .        .             .         .         .     .
sign_response             .      .      .     .      .           .       .       .       a         .           a           .        .             .         .         .     .
clarify_question          .      .      x     .      x           .       .       .       .         .           .           .        .             .         .         .     .
assess_response           .      .      x     .      x           .       .       .       .         .           .           .        .             .         .         .     .
read_recommendation_draft .      x      x     x      x           .       .       .       .         .           .           .        .             .         .         .     .
draft_recommendation      .      .      .     .      x           .       .       .       .         .           .           .        .             .         .         .     .
record_decision           .      .      .     .      x           .       .       .       .         .           .           .        .             .         .         .     .
certify_decision          .      .      x     x      .           .       .       .       .         .           .           .        .             .         .         .     .
issue_recommendation      .      .      .     .      x           .       .       .       .         .           .           .        .             .         .         .     .
read_recommendation       .      x      x     x      x           x       a       a       a         a           a           x        .             .         x         x     .
draft_limb_response       .      .      .     .      .           .       a       a       a         a           a           .        .             .         .         .     .
answer_limb               .      .      .     .      .           .       .       .       a         .           a           .        .             .         .         .     .
report_progress           .      .      .     .      .           .       a       a       a         a           a           .        .             .         .         .     .
report_complete           .      .      .     .      .           .       .       .       a         .           a           .        .             .         .         .     .
add_evidence              .      .      .     .      x           .       a       a       a         a           a           .        .             .         .         .     .
verify                    .      .      .     .      .           .       .       .       .         .           .           i        .             .         .         .     .
close_limb                .      .      .     .      x           .       .       .       .         .           .           .        .             .         .         .     .
prepare_publication       .      .      .     .      x           .       .       .       .         .           .           .        .             .         .         .     .
publish                   .      .      x     .      .           .       .       .       .         .           .           .        .             .         .         .     .
change_terms              .      .      .     .      b           .       .       .       .         .           .           .        .             .         .         .     .
fill_seats                .      .      .     .      b           .       .       .       .         .           .           .        .             .         .         .     .
read_seats                .      b      b     b      b           .       .       .       .         .           .           .        .             .         x         x     .
read_access_needs         .      .      .     .      b           .       .       .       .         .           .           .        .             .         .         .     .
declare_interest          .      b      b     b      b           .       .       .       .         .           .           .        .             .         .         .     .
read_interests            .      b      b     b      b           .       .       .       .         .           .           .        .             .         x         x     .
propose_work              .      b      b     b      b           .       x       x       x         x           x           .        .             .         x         x     .
suggest_work              x      x      x     x      x           x       x       x       x         x           x           x        x             x         x         x     x
plan_work                 .      .      b     .      b           .       .       .       .         .           .           .        .             .         .         .     .
read_work                 .      b      b     b      b           x       .       .       .         .           .           .        .             .         x         x     .
plan_meeting              .      .      .     .      b           .       .       .       .         .           .           .        .             .         .         .     .
read_meeting              .      b      b     b      b           .       .       .       .         .           .           .        .             .         .         .     .
read_closed               .      b      b     b      b           .       .       .       .         .           .           .        .             .         .         .     .
propose_item              .      b      b     b      b           .       x       x       x         x           x           .        .             .         .         .     .
submit_paper              .      .      .     .      b           .       a       a       a         a           a           .        .             .         .         .     .
allow_late                .      .      b     b      .           .       .       .       .         .           .           .        .             .         .         .     .
publish_agenda            .      .      b     .      b           .       .       .       .         .           .           .        .             .         .         .     .
attend                    .      b      b     b      b           .       .       .       .         .           .           .        .             .         .         .     .
record_attendance         .      .      .     .      b           .       .       .       .         .           .           .        .             .         .         .     .
run_meeting               .      .      b     b      b           .       .       .       .         .           .           .        .             .         .         .     .
preside                   .      .      b     b      .           .       .       .       .         .           .           .        .             .         .         .     .
vote                      .      b      b     b      .           .       .       .       .         .           .           .        .             .         .         .     .
recuse                    .      b      b     b      b           .       .       .       .         .           .           .        .             .         .         .     .
write_minutes             .      .      .     .      b           .       .       .       .         .           .           .        .             .         .         .     .
correct_minutes           .      b      b     b      b           .       .       .       .         .           .           .        .             .         .         .     .
capture_action            .      .      .     .      b           .       .       .       .         .           .           .        .             .         .         .     .
report_action             .      b      b     b      b           .       a       a       a         a           a           .        .             .         .         .     .
confirm_action            .      .      b     .      b           .       .       .       .         .           .           .        .             .         .         .     .
cancel_action             .      .      b     b      .           .       .       .       .         .           .           .        .             .         .         .     .
send_notices              .      .      .     .      b           .       .       .       .         .           .           .        .             .         .         .     .
bring_in_record           .      .      .     .      b           .       .       .       .         .           .           .        .             .         .         .     .
"""  # noqa: E501


# What a place in a body allows besides: a seat of the body, an invitation to the meeting, a seat at
# the meeting (whoever was invited in one). Every action that is not named allows nothing.
PLACED = """
action            in_a_seat invited in_a_seat_at_the_meeting
attend            .         x       .
declare_interest  x         .       .
correct_minutes   .         .       x
"""

# Section 4.3 of the design, typed from its table: + may, - may not, by its own columns. A police
# lead and a partner are meant as those who were asked.
GOVERNANCE = """
action                     secretariat chair member police partner committee public
plan_meeting               + - - - - - -
publish_agenda             + + - - - - -
write_minutes              + - - - - - -
correct_minutes            + + + - - - -
submit_paper               + - - + + - -
edit_enquiry               + - - - - - -
approve_enquiry            - + - - - - -
read_enquiry               + + + - - - -
issue_question             + + - - - - -
draft_question             + + + - - - -
draft_response             - - - + + - -
sign_response              - - - + + - -
read_question              + + + + + + -
record_decision            + - - - - - -
certify_decision           - + - - - - -
vote                       - + + - - - -
answer_limb                - - - + + - -
report_progress            - - - + + - -
read_recommendation        + + + + + + -
close_limb                 + - - - - - -
recuse                     + + + - - - -
prepare_publication        + - - - - - -
publish                    - + - - - - -
read_audit                 + + - - - + -
manage_accounts            - - - - - - -
"""
COLUMNS = {
    "secretariat": (Role.SECRETARIAT,),
    "chair": (Role.CHAIR,),
    "member": (Role.MEMBER,),
    "police": (Role.DRAFTER, Role.CLEARER, Role.SIGNATORY),
    "partner": (Role.PARTNERSHIP, Role.COORDINATOR),
    "committee": (Role.COMMITTEE, Role.CLERK),
    "public": (Role.ANYONE,),
}


def _expected() -> dict[tuple[Role, Action], str]:
    heading, *rows = (line.split() for line in TABLE.strip().splitlines())
    roles = [Role(name) for name in heading[1:]]
    return {
        (role, Action(row[0])): mark
        for row in rows
        for role, mark in zip(roles, row[1:], strict=True)
    }


EXPECTED = _expected()
CASES = [(role, action, asked) for role, action in EXPECTED for asked in (True, False)]


def _standing(*held: Held) -> Standing:
    return Standing((*held, Held(Role.ANYONE)))


def test_the_table_names_every_role_and_every_action_and_each_has_its_words() -> None:
    assert set(EXPECTED) == {(role, action) for role in Role for action in Action}
    assert set(IN_WORDS) == set(Action)


@pytest.mark.parametrize(("role", "action", "asked"), CASES)
def test_each_role_may_do_what_the_table_says_and_no_more(
    role: Role, action: Action, asked: bool
) -> None:
    mark = EXPECTED[role, action]
    allowed = mark in ({"x", "a", "b"} if asked else {"x", "i"})
    # Reading is for everybody, whatever else they hold.
    standing = NOBODY if role is Role.ANYONE else _standing(Held(role, "police"))
    concerning = ["police"] if asked else ["council"]
    assert may(standing, action, concerning=concerning) is allowed
    if allowed:
        check(standing, action, concerning=concerning)
        return
    with pytest.raises(NotPermitted) as refusal:
        check(standing, action, concerning=concerning)
    # What everybody with a role may do needs no list of them: only that one signs in.
    assert action is Action.SEE_OWN_WORK or IN_WORDS[action] in refusal.value.reason
    assert refusal.value.what_to_do.endswith(".")
    assert refusal.value.sign_in_helps is (role is Role.ANYONE)


@pytest.mark.parametrize("row", GOVERNANCE.strip().splitlines()[1:])
def test_the_table_says_what_the_design_of_governance_says(row: str) -> None:
    action, *marks = row.split()
    for (column, roles), mark in zip(COLUMNS.items(), marks, strict=True):
        held = [Held(role, "here") for role in roles]
        standing = NOBODY if column == "public" else _standing(*held)
        allowed = may(standing, Action(action), concerning=["here"])
        assert allowed is (mark == "+"), column


def test_a_place_allows_what_the_table_of_places_says_and_no_more() -> None:
    heading, *rows = (line.split() for line in PLACED.strip().splitlines())
    places = [Place(name) for name in heading[1:]]
    assert set(places) == set(Place)
    allowed = {
        (Action(row[0]), place)
        for row in rows
        for place, mark in zip(places, row[1:], strict=True)
        if mark == "x"
    }
    police = _standing(Held(Role.SIGNATORY, "police"))
    for action in Action:
        for place in Place:
            if may(police, action, concerning=["forum"]):
                continue
            here, elsewhere = [Held(place, "forum")], [Held(place, "practice")]
            expected = (action, place) in allowed
            assert may(police, action, concerning=["forum"], places=here) is expected
            assert not may(police, action, concerning=["forum"], places=elsewhere)
            assert not may(NOBODY, action, concerning=["forum"], places=here) or may(NOBODY, action)
            if expected:
                done_as = check(police, action, concerning=["forum"], places=here)
                assert done_as == Held(place, "forum")


def test_a_role_comes_before_a_place() -> None:
    both = _standing(Held(Role.MEMBER, "forum"))
    done_as = check(
        both, Action.ATTEND, concerning=["forum"], places=[Held(Place.INVITED, "forum")]
    )
    assert done_as == Held(Role.MEMBER, "forum")


def test_a_refusal_names_the_place_that_would_allow_it() -> None:
    police = _standing(Held(Role.SIGNATORY, "police"))
    reason, _ = told(police, Action.DECLARE_INTEREST, "forum")
    assert reason == (
        "Only the member, the chair, the deputy chair, the secretariat or whoever sits in a seat "
        "of the body may declare an interest; you are signed in as signatory."
    )
    elsewhere = _standing(Held(Role.MEMBER, "practice"))
    reason, _ = told(elsewhere, Action.DECLARE_INTEREST, "forum")
    assert reason.endswith("or the secretariat of that body may declare an interest.")


@pytest.mark.parametrize("action", [a for (r, a), m in EXPECTED.items() if m == "i"])
def test_a_role_elsewhere_does_not_make_a_respondent_independent(action: Action) -> None:
    both = _standing(Held(Role.VERIFIER, "auditors"), Held(Role.DRAFTER, "police"))
    assert may(both, action, concerning=["council"])
    with pytest.raises(NotPermitted, match="nobody judges their own work"):
        check(both, action, concerning=["police"])


def test_a_refusal_tells_the_wrong_organisation_that_it_was_not_asked() -> None:
    with pytest.raises(NotPermitted, match="yours was not"):
        check(_standing(Held(Role.SIGNATORY, "council")), Action.ANSWER_LIMB, concerning=["police"])


def test_a_refusal_tells_somebody_of_another_body_whose_it_is() -> None:
    with pytest.raises(NotPermitted, match="belongs to another body than yours") as refusal:
        check(
            _standing(Held(Role.SECRETARIAT, "practice")),
            Action.PLAN_MEETING,
            concerning=["forum"],
        )
    assert refusal.value.what_to_do == "Ask the secretariat of that body."


def test_the_role_in_which_something_is_done_is_the_one_that_allows_it() -> None:
    two = _standing(Held(Role.MEMBER, "forum"), Held(Role.SIGNATORY, "police"))
    done_as = check(two, Action.SIGN_RESPONSE, concerning=["police"])
    assert done_as == Held(Role.SIGNATORY, "police")


def test_a_person_with_an_account_and_no_role_is_not_told_to_sign_in() -> None:
    with pytest.raises(NotPermitted) as refusal:
        check(_standing(), Action.IMPORT_FILE)
    assert not refusal.value.sign_in_helps
    assert "not signed in" not in refusal.value.reason
    assert refusal.value.reason.endswith("you hold no role today.")
    assert refusal.value.what_to_do.startswith("Ask the administrator")


@pytest.mark.parametrize(
    ("action", "who"),
    [
        (Action.PUBLISH, "Only the chair may "),
        (
            Action.READ_AUDIT,
            "Only the chair, the secretariat, the committee member or the committee clerk may ",
        ),
        (
            Action.READ_ENQUIRY,
            "Only the member, the chair, the deputy chair, the secretariat or the analyst may ",
        ),
    ],
)
def test_a_refusal_names_the_roles_in_their_order_as_one_would_say_them(
    action: Action, who: str
) -> None:
    for standing in (_standing(), _standing(Held(Role.VERIFIER, "auditors"))):
        with pytest.raises(NotPermitted) as refusal:
            check(standing, action)
        assert refusal.value.reason.startswith(who)
    reason, _ = told(NOBODY, action)
    assert reason.startswith(f"You are not signed in, and {who[0].lower()}{who[1:]}")


def test_who_is_not_signed_in_is_told_so_before_anything_else() -> None:
    for action in Action:
        if may(NOBODY, action):
            continue
        assert told(NOBODY, action)[0].startswith("You are not signed in")
    assert told(NOBODY, Action.SEE_OWN_WORK) == (
        "You are not signed in.",
        "Sign in to see your work.",
    )
    assert told(_standing(), Action.SEE_OWN_WORK)[0] == (
        "Only somebody with a role in the forum may see what waits for them, and you hold no role "
        "today."
    )


def test_a_refusal_names_all_the_roles_of_the_person() -> None:
    two = _standing(Held(Role.VERIFIER, "auditors"), Held(Role.ANALYST, "forum"))
    with pytest.raises(NotPermitted, match="you are signed in as analyst and verifier"):
        check(two, Action.PUBLISH)


def told(standing: Standing, action: Action, *concerning: str) -> tuple[str, str]:
    with pytest.raises(NotPermitted) as refusal:
        check(standing, action, concerning=concerning)
    assert str(refusal.value) == f"{refusal.value.reason} {refusal.value.what_to_do}"
    return refusal.value.reason, refusal.value.what_to_do


def test_every_refusal_is_two_whole_sentences() -> None:
    assert told(NOBODY, Action.READ_AUDIT) == (
        (
            "You are not signed in, and only the chair, the secretariat, the committee member or "
            "the committee clerk may read the audit trail."
        ),
        "Sign in with an account that may.",
    )
    assert told(_standing(), Action.PUBLISH) == (
        "Only the chair may publish or withdraw, and you hold no role today.",
        "Ask the administrator of the forum if you should hold one.",
    )
    assert told(_standing(Held(Role.ANALYST, "forum")), Action.PUBLISH) == (
        "Only the chair may publish or withdraw; you are signed in as analyst.",
        "Ask one of them to do it. If your role is wrong, the administrator can change it.",
    )
    assert told(_standing(Held(Role.SIGNATORY, "council")), Action.ANSWER_LIMB, "police") == (
        (
            "Only the organisation that was asked may sign and send a response to a "
            "recommendation, and yours was not."
        ),
        "Ask the secretariat if it should have been.",
    )
    assert told(_standing(Held(Role.VERIFIER, "police")), Action.VERIFY, "police") == (
        (
            "You belong to an organisation that was asked, so you may not verify that a "
            "recommendation was carried out: nobody judges their own work."
        ),
        "Ask the secretariat for somebody from another organisation.",
    )
    assert own_work(Action.VERIFY, before=True).reason.startswith("You belonged then to an")


def test_a_person_belongs_to_the_organisations_of_their_roles() -> None:
    several = Standing((Held(Role.MEMBER, "forum"), Held(Role.VERIFIER, "auditors")))
    assert several.organisations == {"forum", "auditors"}
    assert NOBODY.organisations == frozenset()
    assert several.signed_in
    assert not NOBODY.signed_in
    assert several.has(Role.MEMBER)
    assert not several.has(Role.CHAIR)
    assert Held(Role.MEMBER).organisation == ""
