"""Forms to pass on to another municipality: the questions, and nothing of who asked whom.  Pure.

A template has no ids, no answers, no deadline and no payment: those are of a place.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from wire.answers import MAX_FIELDS
from wire.fields import Count, Name, Text
from wire.items import Field, Form, Payment


class FormTemplate(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A form as it is passed on: a JSON file that a person may read, keep and send."""

    format: Literal["sekisho-form/1"]
    title: Name
    text: Text = ""
    fields: Annotated[list[Field], Meta(min_length=1, max_length=MAX_FIELDS)]
    anonymous: bool = False


class FormFromTemplate(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A template to make a form of, and what is of this place alone."""

    template: FormTemplate
    deadline: Count | None = None
    payment: Payment | None = None


def template_of(form: Form) -> FormTemplate:
    """Return what of a form can be passed on."""
    return FormTemplate(
        format="sekisho-form/1",
        title=form.title or "",
        text=form.text or "",
        fields=form.fields or [],
        anonymous=bool(form.anonymous),
    )


def form_of(asked: FormFromTemplate) -> Form:
    """Return the form that a template makes here."""
    template = asked.template
    return Form(
        title=template.title,
        text=template.text,
        fields=template.fields,
        anonymous=template.anonymous,
        deadline=asked.deadline,
        payment=asked.payment,
    )
