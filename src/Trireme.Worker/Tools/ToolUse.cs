using System.Text.Json;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Inference.ToolCalls;
using Trireme.Worker.Answers;
using Trireme.Worker.Hosting;
using Trireme.Worker.Http;

namespace Trireme.Worker.Tools;

/// <summary>What a request lets or makes the model call.</summary>
internal sealed record ToolUse
{
    private const string ChoiceField = "tool_choice";

    public static ToolUse None { get; } = new();

    private ToolCallDialect? Dialect { get; init; }

    private IReadOnlySet<string> Names { get; init; } = new HashSet<string>();

    /// <summary>One call at most.</summary>
    private bool IsSingle { get; init; }

    /// <summary>Keeps calls that the model is free to make to the schemas of strict functions.</summary>
    private OutputConstraint? Guard { get; init; }

    /// <summary>The model is shown the functions and may call them.</summary>
    public bool IsOffered => Dialect is not null;

    /// <summary>What makes the answer a call; null where the model is free to call or not.</summary>
    public ForcedCalls? Forced { get; private init; }

    public static ToolUse Read(ChatCompletionRequest request, ServedModel model, out WorkerError? problem)
    {
        IReadOnlyList<ToolFunction> functions = ToolDefinitions.Read(request.Tools ?? [], out problem);
        if (problem is not null) return None;
        IReadOnlyList<ToolFunction> forced = ReadChoice(request.ToolChoice, functions, out bool offers, out problem);
        if (problem is not null || functions.Count == 0 || !offers) return None;
        problem = FindModelProblem(model) ?? FindConstraintProblem(request);
        if (problem is not null) return None;

        bool isSingle = request.ParallelToolCalls == false;
        bool isNamed = request.ToolChoice?.ValueKind == JsonValueKind.Object;
        ToolCallDialect dialect = model.ToolCalls!;
        return new ToolUse
        {
            Dialect = dialect,
            Names = functions.Select(static function => function.Name).ToHashSet(StringComparer.Ordinal),
            IsSingle = isSingle,
            Forced = forced.Count == 0 ? null : dialect.Force(forced, takesSeveral: !isSingle && !isNamed),
            Guard = forced.Count == 0 ? dialect.Guard(functions) : null,
        };
    }

    /// <summary>What the request's way of sampling becomes.</summary>
    public SamplingRequest Apply(SamplingRequest sampling)
    {
        if (Dialect is not { } dialect) return sampling;
        return sampling with
        {
            ShownSpecialTokens = dialect.SpecialTokens,
            Constraint = (Forced?.Constraint ?? Guard) is { } constraint ? ConstraintRequest.Of("tools", constraint) : sampling.Constraint,
        };
    }

    /// <summary>Reads the calls of one answer; null where there can be none.</summary>
    public AnswerCalls? CreateCalls() => Dialect is { } dialect ? new AnswerCalls(dialect, Names, Forced?.Prompt ?? "", IsSingle) : null;

    /// <summary>The functions of which one must be called; none where the model is free.</summary>
    private static IReadOnlyList<ToolFunction> ReadChoice(
        JsonElement? choice, IReadOnlyList<ToolFunction> functions, out bool offers, out WorkerError? problem)
    {
        problem = null;
        offers = true;
        if (choice is not { } value || value.ValueKind == JsonValueKind.Null) return [];
        string? word = ToolDefinitions.TextOf(value);
        if (word is "auto" or "none")
        {
            offers = word == "auto";
            return [];
        }

        if (word == "required")
        {
            if (functions.Count == 0)
            {
                problem = WorkerError.Invalid(ChoiceField, "tool_choice is \"required\" but tools holds no function.");
            }

            return functions;
        }

        if (NameOf(value) is not { } name)
        {
            problem = WorkerError.Invalid(
                ChoiceField,
                "tool_choice must be \"none\", \"auto\", \"required\" or {\"type\":\"function\",\"function\":{\"name\":...}}.",
                OpenAiErrorCodes.UnsupportedParameter);
            return [];
        }

        ToolFunction? chosen = functions.FirstOrDefault(function => function.Name == name);
        if (chosen is null)
        {
            problem = WorkerError.Invalid(ChoiceField, $"tool_choice names the function '{name}', which tools does not hold.");
        }

        return chosen is null ? [] : [chosen];
    }

    private static string? NameOf(JsonElement choice)
    {
        if (choice.ValueKind != JsonValueKind.Object) return null;
        bool isFunction = choice.TryGetProperty("type", out JsonElement type) && ToolDefinitions.TextOf(type) == "function";
        if (!isFunction || !choice.TryGetProperty("function", out JsonElement function)) return null;
        if (function.ValueKind != JsonValueKind.Object || !function.TryGetProperty("name", out JsonElement name)) return null;
        return ToolDefinitions.TextOf(name);
    }

    private static WorkerError? FindModelProblem(ServedModel model)
    {
        if (model.ToolCalls is null)
        {
            return WorkerError.Invalid(
                "tools",
                "This model knows no calls: tools need a chat template that shows them to the model in a format the worker knows, or the "
                + "option --tool-call-parser. Leave tools out or set tool_choice to \"none\".",
                OpenAiErrorCodes.UnsupportedParameter);
        }

        return model.Engine.ChatTemplate?.ReadsTools == true ? null : WorkerError.Invalid(
            "tools",
            "This model's chat template does not show tools to the model. Leave tools out or set tool_choice to \"none\".",
            OpenAiErrorCodes.UnsupportedParameter);
    }

    /// <summary>Under a constraint the model could not call anything, however much it wanted to.</summary>
    private static WorkerError? FindConstraintProblem(ChatCompletionRequest request) =>
        ConstraintRequest.Read(request).Field is { } field
            ? WorkerError.Invalid("tools", $"tools and {field} cannot be combined; leave one out or set tool_choice to \"none\".")
            : null;
}
