using Microsoft.AspNetCore.Http;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Requests;

/// <summary>What to do with fields the kind does not have.</summary>
internal enum FieldValidation
{
    Strict,
    Warn,
    Ignore,
}

/// <summary>The parameters of creations, updates and patches.</summary>
/// <param name="DryRun">True to do everything but store the result.</param>
/// <param name="FieldManager">Who writes, for the ownership of fields.</param>
/// <param name="FieldValidation">
/// What to do with unknown fields. Strict where the client does not say: a field that would be dropped silently is a
/// mistake someone finds out about much later.
/// </param>
/// <param name="Force">True to take over fields of other managers in a server-side apply.</param>
internal sealed record WriteOptions(bool DryRun, string FieldManager, FieldValidation FieldValidation, bool Force)
{
    private const int MaxFieldManagerLength = 128;

    public static Outcome<WriteOptions> Read(ApiRequest request)
    {
        string? dryRun = request.Query("dryRun");
        if (dryRun is not (null or "" or "All")) return Unsupported(request, "dryRun", $"[\"{dryRun}\"]: supported values: \"All\"");

        FieldValidation validation = FieldValidation.Strict;
        if (request.Query("fieldValidation") is { Length: > 0 } text && !ExactName.TryParse(text, out validation))
        {
            const string Known = "supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"";
            return Unsupported(request, "fieldValidation", $"\"{text}\": {Known}");
        }

        string manager = request.Query("fieldManager") is { Length: > 0 } named ? named : UserAgentName(request.Http.Request);
        if (manager.Length > MaxFieldManagerLength)
        {
            return StatusErrors.BadRequest($"fieldManager must have at most {MaxFieldManagerLength} characters");
        }

        return new WriteOptions(dryRun == "All", manager, validation, request.Switch("force"));
    }

    private static StatusError Unsupported(ApiRequest request, string field, string problem)
    {
        string kind = request.Http.Request.Method switch
        {
            "POST" => "CreateOptions",
            "PUT" => "UpdateOptions",
            _ => "PatchOptions",
        };
        var error = new FieldError(field, FieldErrorType.NotSupported, "Unsupported value: " + problem);
        return StatusErrors.InvalidOptions(kind, [error], "meta.k8s.io");
    }

    /// <summary>The program in a user agent such as "kubectl/v1.32.0 (linux/amd64)".</summary>
    private static string UserAgentName(HttpRequest request)
    {
        string agent = request.Headers.UserAgent.ToString();
        string name = agent.Split('/', ' ')[0];
        return name.Length is > 0 and <= MaxFieldManagerLength ? name : "unknown";
    }
}
