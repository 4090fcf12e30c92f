using Trireme.Contracts.OpenAi;

namespace Trireme.Gateway.Surface;

/// <summary>Every error the gateway itself answers with. Each message says what to do next.</summary>
internal static class GatewayErrors
{
    public static GatewayError NoKey { get; } = new(
        401, "invalid_api_key", "No API key was sent. Send it as \"Authorization: Bearer KEY\".");

    public static GatewayError SeveralKeys { get; } = new(
        401, "invalid_api_key", "Several API keys were sent. Send one, as a single header \"Authorization: Bearer KEY\".");

    public static GatewayError UnknownKey { get; } = new(
        401, "invalid_api_key", "The API key is unknown or was revoked. Check it, or ask whoever runs this platform for a new one.");

    public static GatewayError ExpiredKey { get; } = new(
        401, "invalid_api_key", "The API key has expired. Ask whoever runs this platform for a new one.");

    public static GatewayError KeysNotLoaded { get; } = new(
        503, OpenAiErrorCodes.Overloaded, "The gateway has just started and does not know the API keys yet. Send the request again.")
    {
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    public static GatewayError NotAnObject { get; } = new(
        400, "invalid_json", "The request body must be a JSON object. Send one with at least the field \"model\".");

    public static GatewayError ModelMissing { get; } = new(
        400, "missing_required_parameter", "The field \"model\" must be the name of a model. GET /v1/models lists them.", "model");

    public static GatewayError CompressedBody { get; } = new(
        415, OpenAiErrorCodes.UnsupportedMediaType, "Compressed request bodies are not read. Send the request without Content-Encoding.");

    public static GatewayError CompressedJson(string form) => new(
        400, "invalid_json", $"The request body is compressed with {form}, which is not read here. Send it as plain JSON.");

    public static GatewayError InvalidJson(long line, long position) => new(
        400, "invalid_json", $"The request body is not valid JSON: error in line {line} at byte {position}. Correct it and send it again.");

    public static GatewayError HalfCharacterIn(string field) => new(
        400,
        "invalid_type",
        $"The field \"{field}\" holds half a character: an escape from \\ud800 to \\udfff without its other half. Send whole characters.",
        field);

    public static GatewayError HalfCharacter { get; } = new(
        400, "invalid_type", "The request body has a field whose name holds half a character. Send whole characters.");

    public static GatewayError NestedTooDeeply(int limit) => new(
        400, "nested_too_deeply", $"The request body is nested more than {limit} levels deep. Send one with fewer levels.");

    public static GatewayError DuplicateField(string field) => new(
        400, "duplicate_parameter", $"The field \"{field}\" appears twice, and readers disagree on which one counts. Send it once.", field);

    public static GatewayError WrongType(string field, string expected) => new(
        400, "invalid_type", $"The field \"{field}\" must be {expected}.", field);

    public static GatewayError UnreadableBody(int status) => new(
        status, "unreadable_body", "The request body could not be read to its end. Send the request again.");

    public static GatewayError TooLarge(int limit) => new(
        413, OpenAiErrorCodes.RequestTooLarge, $"The request body is larger than the limit of {limit} bytes. Send a smaller one.");

    public static GatewayError NoMemory(long max, TimeSpan retryAfter) => new(
        503,
        OpenAiErrorCodes.Overloaded,
        $"Requests under way hold as much of the {max >> 20} MiB for request bodies as they may. Send the request again later.")
    {
        RetryAfter = retryAfter,
    };

    public static GatewayError TooManyBodies(int max, TimeSpan retryAfter) => new(
        503,
        OpenAiErrorCodes.Overloaded,
        $"The bodies of {max} requests with your key are still on their way, and more are not taken. Send the request again later.")
    {
        RetryAfter = retryAfter,
    };

    public static GatewayError ModelNotFound(string model, string? nearest) => new(
        404,
        OpenAiErrorCodes.ModelNotFound,
        $"The model \"{model}\" does not exist or your key does not open it. "
            + (nearest is null ? "GET /v1/models lists the models you can use." : $"Did you mean \"{nearest}\"?"),
        "model");

    public static GatewayError WrongMethod(string method, string path, string allowed) => new(
        405, OpenAiErrorCodes.MethodNotAllowed, $"{path} takes {allowed}, not {method}.");

    public static GatewayError UnknownUrl(string method, string path) => new(
        404, OpenAiErrorCodes.UnknownUrl, $"There is no {method} {path}. Known are {ApiSurface.KnownAddresses}.");

    /// <param name="model">What was asked for.</param>
    /// <param name="waited">How long the request has waited.</param>
    /// <param name="startup">What the start of a replica takes, for people; null where that is not known.</param>
    /// <param name="retryAfter">When to come again.</param>
    public static GatewayError NoReplica(string model, TimeSpan waited, string? startup, TimeSpan retryAfter) => new(
        503,
        "model_not_ready",
        $"No replica of \"{model}\" became ready within {waited.TotalSeconds:0.#} seconds."
            + (startup is null ? "" : $" The last start: {startup}.") + " Send the request again later.")
    {
        RetryAfter = retryAfter,
    };

    public static GatewayError ScaledToZero(string model) => new(
        503,
        "model_scaled_to_zero",
        $"\"{model}\" is scaled to zero: its spec.replicas is 0. Ask whoever runs this platform to raise it.")
    {
        ClientMayRetry = false,
    };

    public static GatewayError CannotStart(string model, string reason) => new(
        503,
        "model_cannot_start",
        $"No replica of \"{model}\" can start. {reason.TrimEnd('.')}. Ask whoever runs this platform to correct it.")
    {
        ClientMayRetry = false,
    };

    public static GatewayError Stopping(TimeSpan retryAfter) => new(
        503, OpenAiErrorCodes.Overloaded, "The gateway is stopping, and no replica is ready. Send the request again later.")
    {
        RetryAfter = retryAfter,
    };

    public static GatewayError TooManyWaiting(string model, TimeSpan retryAfter) => new(
        503,
        OpenAiErrorCodes.Overloaded,
        $"No replica of \"{model}\" is ready and too many requests wait for one. Send the request again later.")
    {
        RetryAfter = retryAfter,
    };

    public static GatewayError Unreachable(string model) => new(
        502, "replica_unreachable", $"The replicas of \"{model}\" that were tried broke the connection. Send the request again.")
    {
        ClientMayRetry = false,
    };

    public static GatewayError TimedOut(string model, TimeSpan limit) => new(
        504,
        "replica_timeout",
        $"A replica of \"{model}\" was silent for {limit.TotalSeconds:0} seconds. Ask for a shorter answer, or stream it.")
    {
        ClientMayRetry = false,
    };

    public static GatewayError BrokenStream { get; } = new(
        502, "stream_broken", "The replica stopped before the answer was complete. What came so far is valid; send the request again.");

    /// <summary>Of answers that are translated.</summary>
    public static GatewayError UnreadableAnswer { get; } = new(
        502, "unreadable_answer", "The replica's answer is no chat completion, so that it cannot be told here. Send the request again.");

    public static GatewayError BrokenCall { get; } = new(
        502, "broken_call", "The model called a function with arguments that are no JSON object. Send the request again.");

    public static GatewayError AnswerTooLong(int limit) => new(
        502, "answer_too_long", $"The answer is longer than the {limit} bytes that are held of one here. Ask for a shorter one.");

    public static GatewayError Missing(string field, string meaning) => new(
        400, "missing_required_parameter", $"The field \"{field}\" is missing: {meaning}.", field);

    /// <param name="field">What asks for it.</param>
    /// <param name="reason">A sentence with what to do instead.</param>
    public static GatewayError Unsupported(string field, string reason) => new(
        400, OpenAiErrorCodes.UnsupportedParameter, $"The field \"{field}\" is not supported here: {reason}", field);

    public static GatewayError ResponseNotFound(string id) => new(
        404, "response_not_found", $"Response with id '{id}' not found.", "response_id");

    public static GatewayError PreviousNotFound(string id) => new(
        400, "previous_response_not_found", $"Previous response with id '{id}' not found.", "previous_response_id");

    public static GatewayError ItemNotFound(string id, string field) => new(
        404, "item_not_found", $"Item with id '{id}' not found. Items are kept with the responses that hold them.", field);

    public static GatewayError KeptUnavailable { get; } = new(
        503, "responses_unavailable", "The responses that are kept cannot be read or changed now. Send the request again later.")
    {
        RetryAfter = TimeSpan.FromSeconds(10),
    };

    public static GatewayError CannotCancel { get; } = new(
        400, "not_cancellable", "Cannot cancel a synchronous response. Close its connection instead.");

    public static GatewayError NotServed(string path, string reason) => new(501, "not_served", $"{path} is not served here: {reason}");

    public static GatewayError NoLedger { get; } = new(
        501, "not_served", "This gateway keeps no account of what keys use. Its operator can turn it on: gateway.usage.enabled.");

    public static GatewayError BadUsageQuestion(string problem) => new(400, "invalid_value", problem + ".");

    /// <summary>The reason names files, which are the operator's: the log has it.</summary>
    public static GatewayError LedgerUnreadable { get; } = new(
        503, "usage_unreadable", "What keys have used cannot be read now. Ask again later, or tell the operator, whose log says why.");

    public static GatewayError Internal(string requestId) => new(
        500, "internal_error", $"The gateway failed on this request. Send it again; if it fails again, report the request id {requestId}.");
}
