using System.Text.Json;
using Trireme.Inference.Generation;
using Trireme.Worker.Http;
using Trireme.Worker.Tools;

namespace Trireme.Worker.Answers;

/// <summary>The options of structured_outputs, which say how JSON is written.</summary>
internal sealed class StyleRequest
{
    private JsonStyle _style = JsonStyle.Default;

    public static StyleRequest None => new();

    /// <summary>Takes a field that is an option; a problem is an option of the wrong kind.</summary>
    public bool TryRead(string name, JsonElement value, string field, out WorkerError? problem)
    {
        bool isTrue = value.ValueKind == JsonValueKind.True;
        problem = null;
        switch (name)
        {
            case "disable_any_whitespace" when isTrue:
                _style = _style with { DisableAnyWhitespace = true };
                return true;
            case "disable_additional_properties" when isTrue:
                _style = _style with { DisableAdditionalProperties = true };
                return true;
            case "whitespace_pattern" when ToolDefinitions.TextOf(value) is { } pattern:
                _style = _style with { WhitespacePattern = pattern };
                return true;
            case "disable_any_whitespace" or "disable_additional_properties":
                problem = WorkerError.Invalid(field, $"{field} must be true or false.");
                return false;
            case "whitespace_pattern":
                problem = WorkerError.Invalid(field, $"{field} must be a string, a regular expression.");
                return false;
            default:
                return false;
        }
    }

    public ConstraintRequest Apply(ConstraintRequest request) =>
        request.Constraint is { } constraint ? request with { Constraint = constraint.With(_style) } : request;
}
