using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Trireme.Contracts.Validation;

namespace Trireme.ApiServer.Requests;

/// <summary>What to do with fields the kind does not have, and with fields that are there twice.</summary>
internal enum FieldValidation
{
    /// <summary>Refuse them.</summary>
    Strict,

    /// <summary>Leave them out and say so; of two, the last counts.</summary>
    Warn,

    /// <summary>The same without a word.</summary>
    Ignore,
}

/// <summary>The parameters of creations, updates and patches.</summary>
/// <param name="DryRun">True to do everything but store the result.</param>
/// <param name="FieldManager">Who writes, for the ownership of fields.</param>
/// <param name="FieldValidation">What to do with unknown fields; a warning where the client does not say, as in Kubernetes.</param>
/// <param name="Force">True to take over fields of other managers in a server-side apply.</param>
internal sealed record WriteOptions(bool DryRun, string FieldManager, FieldValidation FieldValidation, bool Force)
{
    private const string ManagerParameter = "fieldManager";
    private const string ForceParameter = "force";
    private const int MaxManagerBytes = 128;

    /// <param name="request">The request.</param>
    /// <param name="applies">True for a server-side apply, which must say for whom it speaks and may take over fields.</param>
    public static Outcome<WriteOptions> Read(ApiRequest request, bool applies = false)
    {
        HttpRequest http = request.Http.Request;
        var errors = new List<FieldError>();
        StringValues dryRun = http.Query["dryRun"];
        string[] unknown = [.. dryRun.OfType<string>().Where(static value => value is not ("" or "All"))];
        if (unknown.Length > 0) errors.Add(Unsupported("dryRun", $"[\"{string.Join("\", \"", unknown)}\"]", "\"All\""));
        FieldValidation validation = FieldValidation.Warn;
        if (request.Query("fieldValidation") is { Length: > 0 } text && !ExactName.TryParse(text, out validation))
        {
            errors.Add(Unsupported("fieldValidation", $"\"{text}\"", "\"\", \"Ignore\", \"Strict\", \"Warn\""));
        }

        string manager = request.Query(ManagerParameter) ?? "";
        if (ManagerFault(manager, applies) is { } fault) errors.Add(fault);
        if (!applies && http.Method == HttpMethods.Patch && request.Query(ForceParameter) is not null)
        {
            errors.Add(new FieldError(
                ForceParameter, FieldErrorType.Forbidden, "Forbidden: may not be specified for non-apply patch"));
        }

        if (errors.Count > 0) return StatusErrors.InvalidOptions(KindFor(http.Method), errors, "meta.k8s.io");
        if (manager.Length == 0) manager = UserAgentName(http);
        return new WriteOptions(dryRun.Contains("All"), manager, validation, request.Switch(ForceParameter));
    }

    private static FieldError? ManagerFault(string manager, bool applies)
    {
        if (manager.Length == 0)
        {
            return applies
                ? new FieldError(ManagerParameter, FieldErrorType.Required, "Required value: is required for apply patch")
                : null;
        }

        if (Encoding.UTF8.GetByteCount(manager) > MaxManagerBytes)
        {
            return new FieldError(ManagerParameter, FieldErrorType.TooLong, $"Too long: may not be more than {MaxManagerBytes} bytes");
        }

        return manager.Any(char.IsControl)
            ? new FieldError(
                ManagerParameter, FieldErrorType.Invalid, "Invalid value: should only contain printable characters")
            : null;
    }

    private static string KindFor(string method) => method switch
    {
        "POST" => "CreateOptions",
        "PUT" => "UpdateOptions",
        _ => "PatchOptions",
    };

    private static FieldError Unsupported(string field, string value, string supported) =>
        new(field, FieldErrorType.NotSupported, $"Unsupported value: {value}: supported values: {supported}");

    /// <summary>The program in a user agent such as "kubectl/v1.32.0 (linux/amd64)".</summary>
    private static string UserAgentName(HttpRequest request)
    {
        string agent = request.Headers.UserAgent.ToString();
        string name = agent.Split('/', ' ')[0];
        return name.Length is > 0 and <= MaxManagerBytes ? name : "unknown";
    }
}
