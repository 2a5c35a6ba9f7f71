import pytest

from listenlive.conversation import Person, Role
from listenlive.errors import ConfigError
from listenlive.people import check_me, is_name, people, whom, whose

ME, PARTNER = Role.LISTENER, Role.PARTNER


def test_the_left_channel_is_me_unless_said_otherwise():
    assert people("AB", split=True) == (Person("A", "Me", ME), Person("B", "Partner", PARTNER))
    assert people("AB", split=True, me="right")[1] == Person("B", "Me", ME)


def test_one_microphone_does_not_know_who_is_me():
    assert people("AB", split=False) == (Person("A", "Speaker 1"), Person("B", "Speaker 2"))
    assert people("AB", split=False, me="2") == (
        Person("A", "Partner", PARTNER),
        Person("B", "Me", ME),
    )


def test_names_are_given_in_order_and_may_say_who_is_me():
    assert people("AB", split=False, names=("Ana", "Ben"), me="ben") == (
        Person("A", "Ana", PARTNER),
        Person("B", "Ben", ME),
    )


def test_partners_are_numbered_when_there_are_several():
    assert [p.name for p in people("ABC", split=True)] == ["Me", "Partner 1", "Partner 2"]


def test_a_listener_nobody_heard_leaves_everybody_without_a_role():
    assert people("A", split=False, me="2") == (Person("A", "Speaker 1"),)


@pytest.mark.parametrize(
    ("me", "split", "message"),
    [
        ("left", False, "heard as one microphone for all"),
        ("0", True, "allowed: left, right, 1, 2"),
        ("Zoe", False, "is nobody here"),
        ("7", False, "at most 2 people are told apart"),
    ],
)
def test_a_me_that_cannot_be_is_refused(me, split, message):
    with pytest.raises(ConfigError, match=message):
        check_me(me, split=split, most=2, names=("Ana",))


@pytest.mark.parametrize("name", ["Me", "Partner", "partner 2", "Speaker 1", "Speaker A", " ", ""])
def test_what_stands_where_no_name_was_given_is_no_name(name):
    assert not is_name(name)


@pytest.mark.parametrize("name", ["Ana", "Partnerin", "Memet", "Speaker"])
def test_a_name_is_one(name):
    assert is_name(name)


def test_who_was_given_no_name_is_me_within_a_sentence():
    assert [whose("Me"), whose("Theo")] == ["My", "Theo’s"]
    assert [whom("Me"), whom("Theo")] == ["me", "Theo"]
