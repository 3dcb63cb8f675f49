"""Time writing one personalised e-mail; `make bench NAME=build`.

`build_us`: microseconds of CPU to fill one person into a compiled message, text and HTML, median over the languages
of the notice and five rounds each; `build_us_worst` that of the dearest language; `standard_us`: the same message
built with `EmailMessage` and two rendered templates. Before timing, both forms of each message are decoded and
compared with what `EmailMessage` carries.
"""

import email
import email.policy
import time
from datetime import UTC, datetime
from email.message import EmailMessage

from benchmarks.harness import median, print_result, say
from notifications.texts.notice_text import NAME_MARK, Variant, render_part, variant_of
from notifications.texts.skeletons import Filled, Skeleton, compile_skeleton
from notifications.texts.templates_on_disk import template_languages
from tests.notifications.conftest import details

MESSAGE, SENDER = "breach-notice", "notice@bank.example"
AT = datetime(2026, 3, 3, 9, tzinfo=UTC)
ROUNDS, LETTERS, STANDARD = 5, 20_000, 20
NAMES = ("Ann Lee", "王伟", "José Müller", "Ann & Bob <Lee>", "")


def standard(variant: Variant, person: Filled) -> EmailMessage:
    """Build the message as the standard library does."""
    built = EmailMessage(policy=email.policy.SMTP)
    built["From"], built["To"] = SENDER, person.address
    built["Subject"] = render_part("subject.txt", MESSAGE, details(), variant, False)
    text, html = (render_part(part, MESSAGE, details(), variant, False) for part in ("body.txt", "body.html"))
    built.set_content(text.replace(NAME_MARK, person.name))
    named = person.name.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    built.add_alternative(html.replace(NAME_MARK, named), subtype="html")
    return built


def contents(raw: bytes) -> list[str]:
    """Decode subject, text and HTML."""
    read = email.message_from_bytes(raw, policy=email.policy.default)
    bodies = [read.get_body((kind,)) for kind in ("plain", "html")]
    return [
        str(read["Subject"]),
        *(body.get_content().replace("\r\n", "\n").rstrip() for body in bodies if body),
    ]


def compare(skeleton: Skeleton, variant: Variant) -> None:
    """Check that a message decodes to what the standard library would have carried, for every kind of name."""
    for name in NAMES:
        person = Filled("ann@mail.example", "<1@bank.example>", name, AT)
        wanted = contents(standard(variant, person).as_bytes())
        for form in (skeleton.eight_bit(person), skeleton.seven_bit(person)):
            if contents(form) != wanted:
                raise AssertionError(f"{variant.language}: another content than EmailMessage's")


def timed(skeleton: Skeleton) -> float:
    """Give microseconds a message, each to a person of its own."""
    began = time.process_time()
    for number in range(LETTERS):
        skeleton.eight_bit(
            Filled(f"p{number}@mail.example", f"<{number}@bank.example>", f"Person {number}", AT)
        )
    return (time.process_time() - began) / LETTERS * 1e6


def timed_standard(variant: Variant) -> float:
    """Give microseconds a message of the standard library."""
    began = time.process_time()
    for number in range(STANDARD):
        standard(
            variant, Filled(f"p{number}@mail.example", "<1@bank.example>", f"Person {number}", AT)
        ).as_bytes()
    return (time.process_time() - began) / STANDARD * 1e6


def main() -> None:
    """Run it."""
    ours, theirs = {}, []
    for language in template_languages(MESSAGE):
        variant = variant_of(MESSAGE, language, "DE", "name,payment_card", named=True)
        skeleton = compile_skeleton(MESSAGE, details(), variant, drill=False, sender=SENDER)
        compare(skeleton, variant)
        ours[language] = median([timed(skeleton) for _ in range(ROUNDS)])
        theirs.append(timed_standard(variant))
        say(f"{language}: {ours[language]:.2f} us, EmailMessage {theirs[-1]:.0f} us")
    values = list(ours.values())
    print_result("build", build_us=median(values), build_us_worst=max(values), standard_us=median(theirs))


if __name__ == "__main__":
    main()
