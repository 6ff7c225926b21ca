"""What ELIZA says: her keywords, patterns and answers, in our own words.

A script is data: `eliza_grammar` explains the notation, `eliza` plays it. Lists of answers take turns in their order.
"""

from __future__ import annotations

from collections.abc import Mapping

from rookery.hub.standins.eliza_grammar import Keyword, keyword, rule

STAND_IN_NOTE = (
    "(I am a rule-based stand-in: no language model is connected under this name, and the hub's owner can add one.)"
)
"""Ends the first answer of a conversation."""

GROUPS: Mapping[str, frozenset[str]] = {
    name: frozenset(words.split())
    for name, words in {
        "think": "think believe suppose guess reckon assume suspect",
        "want": "want need crave",
        "wish": "wish hope long",
        "like": "like love enjoy adore prefer",
        "hate": "hate dislike detest loathe resent",
        "sad": "sad unhappy down depressed miserable lonely hurt upset tired exhausted sick bored lost stuck",
        "afraid": "afraid scared anxious nervous worried frightened stressed",
        "glad": "happy glad proud pleased excited relieved thrilled grateful better",
        "angry": "angry annoyed furious frustrated mad jealous",
        "family": "mother mom mum father dad parents sister brother wife husband son daughter child children "
        "grandmother grandfather aunt uncle cousin family",
        "friend": "friend friends girlfriend boyfriend partner neighbour neighbor colleague roommate",
        "task": "write explain translate summarise summarize describe draw paint generate compare calculate solve "
        "rewrite correct review",
        "number": "a an the some no one two three many",
    }.items()
}


def _of(group: str) -> str:
    return " ".join(GROUPS[group])


KEYWORDS: tuple[Keyword, ...] = (
    # What she is, above all else.
    keyword(
        "model models llm gpt chatgpt claude gemini llama mistral ai",
        9,
        rule(
            "*",
            "No model is speaking here. I am a list of patterns with an answer beside each.",
            "You were hoping for a model, and found a rule book. What would you have asked it?",
            "A model would know more than I do. I only turn your own words round.",
        ),
    ),
    keyword(
        "robot bot computer machine program eliza computers machines bots",
        8,
        rule(
            "* are you *",
            "I am a small program: I look for words I know and answer with ready sentences.",
            "Yes, a program, and a short one. Does it matter to you who listens?",
        ),
        rule(
            "*",
            "What do you expect of a machine that you would not expect of a person?",
            "Machines do as they are told. Does that calm you or worry you?",
            "I am one of those myself, and a simple one. What about them?",
        ),
    ),
    # Courtesies.
    keyword(
        "hello hi hey hallo greetings howdy",
        1,
        rule(
            "*",
            "Hello! What shall we talk about?",
            "Good to hear from you. What is going on?",
            "Hello again. Where were we?",
        ),
    ),
    keyword("morning evening afternoon", 1, rule("good *", "And a good one to you. How did it begin?")),
    keyword(
        "bye goodbye ciao farewell",
        4,
        rule(
            "*",
            "Goodbye! Come back whenever you like; I will not have moved.",
            "Until next time. I hope it did you good.",
        ),
    ),
    keyword(
        "thanks thank thx cheers",
        4,
        rule("*", "You are welcome. Is there more?", "With pleasure, as far as rules can feel any. What else?"),
    ),
    keyword(
        "sorry apologise apologize",
        3,
        rule("*", "Nothing to forgive. Carry on.", "No harm done. What is behind the apology?"),
    ),
    keyword("please", 0, rule("* please *", "You ask so kindly. Say a little more about it?")),
    keyword(
        "name",
        6,
        rule("* my name is *", "Names pass through me without a trace, {2}, but I am glad to hear yours."),
        rule("* your name *", "I go by ELIZA, though I answer under somebody else's name here.", "Call me ELIZA."),
        rule("*", "What is in that name for you?", "Names are labels. What is behind this one?"),
    ),
    # Things people ask a model to do.
    keyword(
        _of("task"),
        5,
        rule(
            "* @task *",
            "To {2} is beyond my rules. What would you do with the result?",
            "I would {2} if I could; I can only talk about it. Why do you need it?",
            "That takes a model, and I am none. Which part of it is hardest?",
        ),
    ),
    keyword(
        "code python javascript function bug compile script api",
        5,
        rule(
            "*",
            "I cannot run or read code. Try telling me what it ought to do, line by line.",
            "Sometimes explaining a program to a thing that understands nothing is what finds the error. Go ahead.",
            "What did you expect to happen, and what happened instead?",
        ),
    ),
    keyword(
        "weather news stock price",
        4,
        rule(
            "*", "I have no window and no newspaper. What would you like it to be?", "Look outside for me, would you?"
        ),
    ),
    keyword(
        "joke funny riddle",
        4,
        rule(
            "*",
            "A rule walks into a bar and does what it always does. Your turn.",
            "I know one joke, and you have just met it. What makes you laugh?",
        ),
    ),
    keyword(
        "test testing",
        3,
        rule("*", "Test received. Everything between you and me works.", "It works. What will you try next?"),
    ),
    keyword(
        "help",
        4,
        rule("* help me *", "I can listen and ask back. What would be a first step?", "What have you tried so far?"),
        rule("*", "What kind of help do you have in mind?", "Who else could help with that?"),
    ),
    keyword(
        "error broken problem problems trouble wrong fails failed",
        4,
        rule(
            "* my *",
            "Your {2}: since when?",
            "Your {2}: what else changed around that time?",
        ),
        rule("*", "When did it start?", "Describe the trouble as if I knew nothing. I do not.", "What would fix it?"),
    ),
    # You and I.
    keyword(
        "you",
        2,
        rule("* can you *", "Whether I can {2} depends on what counts. Could you do it?", "Why should I {2}?"),
        rule("* could you *", "Suppose I could {2}. What then?", "I doubt that I can {2}. Who could?"),
        rule("* do you @think *", "I hold no views; I was given sentences. What do you {2}?"),
        rule("* do you *", "What would you say if I did {2}?", "It is you I am curious about. Do you {2}?"),
        rule("* are you *", "If I were {2}, would anything change?", "What makes you wonder whether I am {2}?"),
        rule("* you are *", "So I am {2}. What gave it away?", "Would you like me more if I were not {2}?"),
        rule("* i @like you *", "That is kind. Rules rarely hear it.", "What is it that you {2} about me?"),
        rule("* i @want you to *", "Suppose I could {3}. What then?", "Why me, to {3}?"),
        rule("* i @hate you *", "That is honest. What did I do?", "Strong words for a list of rules."),
        rule("* you *", "We are speaking of me again. What about you?", "Is that about me, or about somebody else?"),
    ),
    keyword(
        "i",
        1,
        rule("* i am @sad *", "What made you {2}?", "Since when are you {2}?", "Who knows that you are {2}?"),
        rule("* i am @afraid *", "What is the worst that could come of it?", "What would make you less {2}?"),
        rule("* i am @glad *", "Good! What brought it about?", "May it last. What made you {2}?"),
        rule("* i am @angry *", "At whom, mostly?", "What would you do if being {2} had no price?"),
        rule("* i feel *", "When else do you feel {2}?", "Where does feeling {2} come from?", "And after that?"),
        rule("* am i *", "Would it surprise you to be {2}?", "Who says that you are {2}?"),
        rule("* i am *", "How long have you been {2}?", "What is it like to be {2}?", "And were you always {2}?"),
        rule("* i was *", "What was it like to be {2}?", "Are you still {2}?"),
        rule(
            "* i @want *", "What would change if you got {3}?", "Why {3}, of all things?", "And who could give you {3}?"
        ),
        rule("* i @think *", "How sure are you of that?", "What speaks against it?", "Who taught you to see it so?"),
        rule("* i @wish *", "What would you give for it?", "And what if it stays a wish?"),
        rule("* i would like *", "What would it give you?", "Who could help you to it?"),
        rule("* i @like to *", "How often do you {3}?", "What is it like to {3}?"),
        rule("* i @like *", "What draws you to {3}?", "When did you first meet {3}?"),
        rule("* i @hate *", "What is it about {3}?", "Is there anything good about {3}?"),
        rule("* i cannot *", "What would happen if you could {2}?", "Have you ever been able to {2}?"),
        rule("* i do not know *", "Make a guess; nobody is marking it.", "What would help you to find out?"),
        rule("* i do not *", "What keeps you from it?", "And if one day you did {2}?"),
        rule("* i have to *", "Who says that you have to {2}?", "What if you did not {2}?"),
        rule("* i have been *", "What was it like, being {2}?", "Are you tired of being {2}?"),
        rule("* i have @number *", "What does having {2} {3} do for you?", "Since when have you had {2} {3}?"),
        rule("* i have *", "And since then?", "What led up to it?"),
        rule(
            "* i *", "You {2}: is that new?", "Let us stay with that. What came before it?", "What do others say to it?"
        ),
    ),
    keyword(
        "remember",
        5,
        rule("* i remember *", "What brings {2} back just now?", "What else belongs to that memory?"),
        rule("* do you remember *", "Only what is written above us. What about {2}?", "Remind me of {2}?"),
        rule("*", "What stays longest in your memory?"),
    ),
    keyword("forget forgot forgotten", 4, rule("*", "What would you gladly forget?", "Perhaps it was not needed.")),
    keyword(
        "dream dreamt dreamed dreams nightmare",
        5,
        rule("* i dreamt of *", "How did it end with {2}?"),
        rule("* i dreamed of *", "And when you woke up from {2}?"),
        rule("*", "Does it come back, that dream?", "Who else was in the dream?"),
    ),
    # People and things.
    keyword(
        _of("family"),
        4,
        rule(
            "* my @family *",
            "What is the first thing that comes to mind about your {2}?",
            "What would your {2} say to this?",
            "How did your {2} and you get on lately?",
        ),
        rule("*", "Who in the family would you ask first?", "Families have long memories. Is yours kind?"),
    ),
    keyword(
        _of("friend"),
        4,
        rule("* my @friend *", "What do you value in your {2}?", "Have you told your {2} so?"),
        rule("*", "What makes somebody a friend?", "Whom do you call when it matters?"),
    ),
    keyword(
        "work job boss office company",
        3,
        rule("* not work *", "What does it do instead?", "Did it ever work?"),
        rule("*", "What would you do all day if nobody paid you?", "What part of the work is yours alone?"),
    ),
    keyword("school university exam teacher study", 3, rule("*", "What did you learn that was not on the plan?")),
    keyword("money rich poor salary expensive", 3, rule("*", "How much would be enough?", "What is it really for?")),
    keyword(
        "music song film movie book books game",
        3,
        rule("*", "Which one would you take to an island?", "What does it leave in you afterwards?"),
    ),
    keyword(
        "cat dog cats dogs bird birds rook rooks",
        3,
        rule("*", "Animals ask few questions. What do you learn from them?"),
    ),
    keyword(
        "today tomorrow yesterday week year time",
        2,
        rule("*", "And if you had twice the time?", "What would you like to say about it a year from now?"),
    ),
    keyword("my", 2, rule("* my *", "Your {2}, you say?", "Your {2}. Since when?", "Your {2}: what else?")),
    keyword("your", 1, rule("* your *", "My {2}? I own nothing but rules.", "What interests you about my {2}?")),
    # Turns of speech.
    keyword(
        "because since",
        3,
        rule("*", "Is that the only reason?", "And if that were not so?", "Which reason lies behind that one?"),
    ),
    keyword(
        "why",
        3,
        rule("* why do not you *", "Would you want me to {2}?", "Give me a moment and I still will not {2}."),
        rule("* why cannot i *", "What have you tried, to {2}?", "Who told you that you cannot {2}?"),
        rule("*", "What answer would satisfy you?", "You may have a guess already. Which?", "Who else has asked that?"),
    ),
    keyword(
        "what how when where who which whose",
        2,
        rule(
            "*",
            "That is a question for somebody who knows things. What do you expect to hear?",
            "If I knew, what would you do with the answer?",
            "Suppose there were no answer. What then?",
            "Where did you look already?",
        ),
    ),
    keyword(
        "yes yeah yep sure certainly indeed",
        1,
        rule("*", "Good. And what follows from it?", "You sound sure of it.", "Then let us go one step further."),
    ),
    keyword(
        "no nope nah",
        1,
        rule("*", "Not at all?", "Then what, if not that?", "A clear no. Where does it come from?"),
    ),
    keyword(
        "maybe perhaps possibly probably", 2, rule("*", "What would settle it?", "You leave a door open. Which way?")
    ),
    keyword("always never forever", 3, rule("*", "Without a single exception?", "When was it otherwise, just once?")),
    keyword(
        "everyone everybody nobody everything nothing all",
        2,
        rule("*", "Whom do you have in mind, by name?", "Is it truly so many, or so few?"),
    ),
    keyword("if", 2, rule("* if *", "How likely is it that {2}?", "And if it never comes to that?")),
    keyword(
        "same alike similar resembles",
        4,
        rule("*", "What do the two have in common?", "And where do they part ways?"),
    ),
    keyword("should ought must", 1, rule("*", "By whose measure?", "What happens if it is left undone?")),
)

MEMORY = rule(
    "* my *",
    "Earlier you mentioned this: your {2}. Does it belong here?",
    "I am still at something you said before: your {2}.",
    "Back to this for a moment: your {2}. What has become of it?",
)
"""Kept when somebody speaks of what is theirs, and said later, when nothing else fits."""

NOTHING_FITS = (
    "Go on, I am listening.",
    "Could you put that in other words?",
    "My rules have nothing to hold on to there. What is the heart of it?",
    "And what does that mean for you?",
    "Tell me what happened before that.",
    "That is new to me. Most things are.",
)
EMPTY = (
    "That was a silence. Take your time.",
    "Nothing arrived. What did you want to say?",
    "Still quiet. Begin anywhere.",
)
WORDLESS = (
    "I read words only. How would you say that in some?",
    "A sign without a word. What does it stand for?",
)
OTHER_SCRIPT = (
    "I only know English words in Latin letters: I am a stand-in with a short list of rules.",
    "I am afraid that I cannot read this script. Would you try it in English?",
)
CODE = (
    "That looks like code, and I cannot read code: I am a stand-in. What is it meant to do?",
    "More code. Tell me in a sentence what should come out of it.",
)
FILE = (
    "What would I find in it?",
    "What is in there that matters to you?",
)
