"""Conversations at random, for what must hold of all of them."""

from dataclasses import replace
from random import Random

from drawing import draw
from kitchen import LINES
from listenlive.conversation import Conversation, Goal


def drawn(seed: int) -> Conversation:
    """A conversation at random: turns, pauses, overlaps and signals of two people with words."""
    chance = Random(seed)
    rows = {"A": "", "B": ""}
    words: dict[str, list[str]] = {"A": [], "B": []}
    said = [text for _, _, _, text in LINES]
    at = 0
    for _ in range(chance.randint(0, 60)):
        who = chance.choice("AB")
        start = max(len(rows[who]) + 1, at + chance.randint(-4, 6))
        length = chance.choice([1, 2, 4, 8, 20, 60])
        rows[who] = rows[who].ljust(start) + "=" * length
        words[who].append(chance.choice(said) if length > 1 else "Mhm.")
        at = max(at, len(rows[who]))
    picture = "\n".join(f"{who}  {row}" for who, row in rows.items())
    talk = draw(picture, words=words, listener=chance.choice(["A", "A", "A", "B", None]))
    names = chance.choice([("Nora", "Theo"), ("Me", "Partner"), ("Zoë", "O'Brien")])
    people = tuple(replace(p, name=name) for p, name in zip(talk.people, names, strict=True))
    goal = chance.choice([None, *Goal])
    sees = chance.random() > 0.2
    return replace(talk, people=people, goal=goal, sees_overlap=sees)
