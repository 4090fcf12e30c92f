using System.Text.Json;
using Trireme.Contracts.OpenAi;
using Trireme.Inference.Generation;
using Trireme.Inference.Reasoning;
using Trireme.Inference.ToolCalls;
using Trireme.Worker.Answers;
using Trireme.Worker.Hosting;
using Trireme.Worker.Http;

namespace Trireme.Worker.Tools;

/// <summary>What a request lets or makes the model call.</summary>
internal sealed record ToolUse
{
    public static ToolUse None { get; } = new();

    private ToolCallDialect? Dialect { get; init; }

    private IReadOnlySet<string> Names { get; init; } = new HashSet<string>();

    /// <summary>One call at most.</summary>
    private bool IsSingle { get; init; }

    /// <summary>Keeps calls that the model is free to make to the schemas of strict functions.</summary>
    private OutputConstraint? Guard { get; init; }

    /// <summary>Calls or the document that the request asks for; null where it asks for none.</summary>
    private OutputConstraint? Document { get; init; }

    /// <summary>The model is shown the functions and may call them.</summary>
    public bool IsOffered => Dialect is not null;

    /// <summary>What makes the answer a call; null where the model is free to call or not.</summary>
    public ForcedCalls? Forced { get; private init; }

    /// <summary>What the model is shown of the request's tools; null for nothing.</summary>
    public IReadOnlyList<JsonElement>? Shown { get; private init; }

    public static ToolUse Read(ChatCompletionRequest request, ServedModel model, out WorkerError? problem)
    {
        problem = FindProblem(request);
        if (problem is not null) return None;
        IReadOnlyList<ToolFunction> functions = ToolDefinitions.Read(request.Tools ?? [], out problem);
        if (problem is not null) return None;
        ToolSelection choice = ToolSelection.Read(request.ToolChoice, functions, out problem);
        if (problem is not null || choice.Functions.Count == 0) return None;
        problem = FindModelProblem(model, choice.IsForced);
        if (problem is not null) return None;

        bool isSingle = request.ParallelToolCalls == false;
        ToolCallDialect dialect = model.ToolCalls ?? model.ForcedToolCalls!;
        OutputConstraint? document = ConstraintRequest.Read(request).Constraint;
        if (choice.IsForced || document is null)
        {
            return Create(choice.IsForced ? dialect.Force(choice.Functions, takesSeveral: !isSingle && !choice.IsNamed) : null, null);
        }

        OutputConstraint? either = dialect.Either(choice.Functions, takesSeveral: !isSingle, document);
        if (either is not null) return Create(null, either);
        problem = WorkerError.Invalid(
            "tools",
            $"tools and {ConstraintRequest.Read(request).Field} cannot be combined with this model, whose marks for calls are special "
            + "tokens: set tool_choice to \"none\" or \"required\", or leave one out.");
        return None;

        ToolUse Create(ForcedCalls? forced, OutputConstraint? document) => new()
        {
            Dialect = dialect,
            Names = choice.Functions.Select(static function => function.Name).ToHashSet(StringComparer.Ordinal),
            Shown = [.. choice.Functions.Select(function => request.Tools![IndexOf(functions, function)])],
            IsSingle = isSingle,
            Forced = forced,
            Document = document,
            Guard = forced is null && document is null ? dialect.Guard(choice.Functions) : null,
        };
    }

    /// <summary>What the request's way of sampling becomes.</summary>
    public SamplingRequest Apply(SamplingRequest sampling, ReasoningMarks reasoning)
    {
        if (Dialect is not { } dialect) return sampling with { ShownSpecialTokens = reasoning.SpecialTokens };
        ConstraintRequest constraint = Document is { } document
            ? ConstraintRequest.Of(sampling.Constraint.Field!, document)
            : (Forced?.Constraint ?? Guard) is { } calls ? ConstraintRequest.Of("tools", calls) : sampling.Constraint;
        return sampling with
        {
            ShownSpecialTokens = [.. dialect.SpecialTokens, .. reasoning.SpecialTokens],
            Constraint = constraint,
        };
    }

    /// <summary>The answer may begin with thinking: nothing but the model's own calls is held to a form.</summary>
    public bool LeavesThinking(SamplingRequest sampling) =>
        sampling.Constraint.Constraint is not { } constraint || ReferenceEquals(constraint, Guard);

    /// <summary>Reads the parts of one answer.</summary>
    /// <param name="isThinking">The answer begins within thinking.</param>
    /// <param name="isWhole">The client gets the answer as a whole.</param>
    public AnswerParts CreateParts(bool isThinking, bool isWhole)
    {
        ToolCallParser? parser = Dialect?.CreateParser(Names, isWhole);
        if (Forced is { Prompt.Length: > 0 } forced) parser!.Append(forced.Prompt);
        return new AnswerParts(new ReasoningSplitter(isThinking), Dialect, parser, IsSingle);
    }

    private static int IndexOf(IReadOnlyList<ToolFunction> functions, ToolFunction function)
    {
        for (int i = 0; i < functions.Count; i++)
        {
            if (ReferenceEquals(functions[i], function)) return i;
        }

        throw new InvalidOperationException($"No function is named {function.Name}.");
    }

    private static WorkerError? FindProblem(ChatCompletionRequest request)
    {
        if (request.Tools is { Count: 0 })
        {
            return WorkerError.Invalid("tools", "tools must hold at least one function; leave it out where there is none.");
        }

        bool chooses = request.ToolChoice is { ValueKind: not JsonValueKind.Null } choice && ToolDefinitions.TextOf(choice) != "none";
        return chooses && request.Tools is null ? WorkerError.Invalid("tool_choice", "tool_choice needs tools to choose from.") : null;
    }

    private static WorkerError? FindModelProblem(ServedModel model, bool isForced)
    {
        // A call that the answer is held to needs no model that knows how to call.
        if (isForced && model.ForcedToolCalls is not null) return null;
        if (model.ToolCalls is null)
        {
            return WorkerError.Invalid(
                "tools",
                "This model knows no calls: tools need a chat template that shows them to the model in a format the worker knows, or the "
                + "option --tool-call-parser. Leave tools out, or set tool_choice to \"required\", a function or \"none\".",
                OpenAiErrorCodes.UnsupportedParameter);
        }

        return model.Engine.ChatTemplate?.ReadsTools == true ? null : WorkerError.Invalid(
            "tools",
            "This model's chat template does not show tools to the model. Leave tools out, or set tool_choice to \"required\", a function "
            + "or \"none\".",
            OpenAiErrorCodes.UnsupportedParameter);
    }
}
