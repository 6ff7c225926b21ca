"""What can go wrong with a provider, as a `BotFailure`: a clause for people, without keys and without raw answers.

setup     model_not_configured, model_unknown
refused   model_key_refused, model_unknown, model_quota, model_rate_limit, model_too_long, model_refused
failed    model_failed, model_filtered, bot_unreachable, bot_timeout, bot_disconnected
"""

from __future__ import annotations

import logging
import math
import re

from pydantic_ai.exceptions import (
    ModelAPIError,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelContextWindowExceededError,
    ModelHTTPError,
    ModelNotFoundError,
    ModelOverloadedError,
    ModelQuotaExceededError,
    ModelRateLimitError,
    ModelRequestRejectedError,
    ModelServerError,
    ModelTimeoutError,
    ModelUnavailableError,
    UserError,
)

from rookery.hub.failures import BotFailure

logger = logging.getLogger("rookery.hub.upstream")

_VARIABLE = re.compile(r"`([A-Z][A-Z0-9]*_[A-Z0-9_]+)`")
_ERROR_CODE = re.compile(r"[a-z]+(?:[_.-][a-z]+)*")
_TOO_LARGE = 413
_LOST = "bot_disconnected"


def unknown_provider(model_id: str) -> BotFailure:
    """Says that the hub knows no such provider."""
    return BotFailure(
        "model_unknown",
        f"is set to the model '{model_id[:100]}', whose provider this hub does not know"
        if model_id
        else "has no model",
        remedy="A model is written as provider:model, such as openai:gpt-4o-mini.",
    )


def explain_setup(error: Exception, provider: str) -> BotFailure:
    """Explains why a provider's client cannot be made: mostly a variable that is not set. Its value stays unread."""
    variables = list(dict.fromkeys(_VARIABLE.findall(str(error))))
    if variables:
        return BotFailure(
            "model_not_configured",
            f"needs {' or '.join(variables)}, which is not set where the hub runs",
            remedy="Set it in the hub's environment and start the hub again.",
        )
    logger.warning("model:setup_failed provider=%s reason=%s", provider, type(error).__name__)
    return BotFailure("model_not_configured", f"cannot answer because {provider} is not set up where the hub runs")


def stopped_by_filter(provider: str) -> BotFailure:
    """Says that the provider withheld the answer, or the rest of it."""
    return BotFailure("model_filtered", f"was stopped by the content filter of {provider}")


def cut_off(provider: str) -> BotFailure:
    """Says that the answer stopped before its end; what arrived is kept."""
    return BotFailure(_LOST, f"lost the connection to {provider} in the middle of its answer; what arrived is kept")


def explain_failure(error: Exception, provider: str, model: str, *, has_begun: bool, silence_s: float) -> BotFailure:
    """Explains a failed request; `has_begun` tells whether text of the answer has been passed on.

    Then nobody should ask again by himself: the person has half an answer, which is kept.
    """
    failure = _explain(error, provider, model, silence_s)
    logger.info(
        "model:failed provider=%s model=%s code=%s reason=%s%s",
        provider,
        model,
        failure.code,
        type(error).__name__,
        _status_and_code(error),
    )
    if not has_begun:
        return failure
    if failure.code == _LOST:
        return cut_off(provider)
    return BotFailure(failure.code, f"{failure.clause}; what arrived is kept", remedy=failure.remedy)


def _explain(error: Exception, provider: str, model: str, silence_s: float) -> BotFailure:
    match error:
        case ModelConnectionError():
            return _explain_connection(error, provider, silence_s)
        case ModelRateLimitError():
            wait = f"in {math.ceil(error.retry_after)} s" if error.retry_after else "in a moment"
            clause = f"has reached the rate limit of {provider}{_status_and_code(error)}"
            return BotFailure("model_rate_limit", clause, remedy=f"Try again {wait}.", allow_retry=True)
        case ModelOverloadedError():
            clause = f"cannot answer because {provider} is overloaded{_status_and_code(error)}"
            return BotFailure("model_failed", clause, remedy="Try again in a moment.", allow_retry=True)
        case ModelServerError() | ModelUnavailableError():
            clause = f"cannot answer because {provider} failed on its own side{_status_and_code(error)}"
            return BotFailure("model_failed", clause, remedy="Try again in a moment.", allow_retry=True)
        case ModelHTTPError() | ModelRequestRejectedError() | ModelQuotaExceededError():
            return _explain_refusal(error, provider, model)
        case UserError():
            return BotFailure("model_refused", f"cannot put this conversation to {provider}")
        case _:
            return BotFailure(
                "model_failed",
                f"got no usable answer from {provider}",
                remedy="Does the provider's base URL lead to its API?",
                allow_retry=True,
            )


def _explain_connection(error: ModelConnectionError, provider: str, silence_s: float) -> BotFailure:
    if error.phase in ("read", "write"):
        if isinstance(error, ModelTimeoutError):
            return BotFailure("bot_timeout", f"heard nothing from {provider} for {silence_s:g} s", allow_retry=True)
        return BotFailure(_LOST, f"lost the connection to {provider} before it answered", allow_retry=True)
    return BotFailure(
        "bot_unreachable",
        f"cannot reach {provider}",
        remedy="Check the hub's network and the provider's base URL.",
        allow_retry=True,
    )


def _explain_refusal(error: ModelAPIError, provider: str, model: str) -> BotFailure:
    details = _status_and_code(error)
    if isinstance(error, ModelAuthenticationError):
        return BotFailure(
            "model_key_refused",
            f"cannot answer because {provider} refused the hub's key{details}",
            remedy=f"Is the key for {provider} in the hub's environment right, and may it use this model?",
        )
    if isinstance(error, ModelNotFoundError):
        return BotFailure(
            "model_unknown",
            f"is set to the model '{model[:100]}', which {provider} does not know{details}",
            remedy="Check the model's name and the provider's base URL.",
        )
    if isinstance(error, ModelQuotaExceededError):
        return BotFailure(
            "model_quota",
            f"cannot answer because the hub's account with {provider} is used up{details}",
            remedy="Its owner has to look at plan and billing there.",
        )
    if isinstance(error, ModelContextWindowExceededError) or _status(error) == _TOO_LARGE:
        return BotFailure(
            "model_too_long",
            "cannot take a conversation of this length: it does not fit into its model",
            remedy="Send a shorter message or start a new conversation.",
            error_type="user_message_too_long",
        )
    return BotFailure("model_refused", f"cannot answer because {provider} refused the query{details}")


def _status(error: Exception) -> int | None:
    return error.status_code if isinstance(error, ModelHTTPError) else None


def _status_and_code(error: Exception) -> str:
    # The provider's code is a word of its documentation; anything that does not look like one stays out.
    status = _status(error)
    code = error.provider_error_code if isinstance(error, ModelAPIError) else None
    told = [f"status {status}"] if status else []
    if code and len(code) <= 60 and _ERROR_CODE.fullmatch(code):
        told.append(code)
    return f" ({', '.join(told)})" if told else ""
