using System.Security.Cryptography;
using Trireme.Inference.Generation;
using Trireme.Inference.Templates;
using Trireme.Inference.Tokenizers;

namespace Trireme.Inference.ToolCalls;

/// <summary>How one model calls functions: its family's format with its own tokenizer and template. Immutable.</summary>
public sealed class ToolCallDialect
{
    /// <summary>Calls that a forced answer holds at most; a model that does not know when to stop would go on to its token limit.</summary>
    public const int ForcedCallsMax = 16;

    private const string AnyArguments = """{"type":"object"}""";

    private const string Alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private readonly CallSyntax _syntax;
    private readonly string _template;
    private readonly HashSet<string> _specialMarks = new(StringComparer.Ordinal);

    /// <exception cref="ArgumentOutOfRangeException">The format has no calls.</exception>
    public ToolCallDialect(ToolCallFormat format, ChatTemplate template, ITokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(template);
        ArgumentNullException.ThrowIfNull(tokenizer);
        Format = format;
        _syntax = CallSyntax.Of(format);
        _template = template.Source;
        var tokens = new List<int>();
        foreach (string mark in _syntax.Marks)
        {
            if (tokenizer.Encode(mark, addSpecial: false) is not [int token] || !tokenizer.IsSpecial(token)) continue;
            _specialMarks.Add(mark);
            tokens.Add(token);
        }

        SpecialTokens = tokens;
    }

    public ToolCallFormat Format { get; }

    /// <summary>Special tokens that are marks of calls: their text must reach the parser.</summary>
    public IReadOnlyList<int> SpecialTokens { get; }

    /// <summary>
    /// The format a template was written for, by the marks in it; none for a template that does not show tools to the model.
    /// </summary>
    public static ToolCallFormat Detect(ChatTemplate template)
    {
        ArgumentNullException.ThrowIfNull(template);
        if (!template.ReadsTools) return ToolCallFormat.None;
        if (Has("[TOOL_CALLS]")) return ToolCallFormat.Mistral;
        // Between the same tags Qwen3-Coder writes a format of its own.
        if (Has("<tool_call>")) return Has("<function=") ? ToolCallFormat.None : ToolCallFormat.Hermes;
        if (Has("<|tool_call|>") || Has("<|tool|>") || Has("functools")) return ToolCallFormat.Phi;
        bool isLlama3 = Has("<|python_tag|>") || (Has("<|start_header_id|>") && Has("\"parameters\""));
        return isLlama3 ? ToolCallFormat.Llama3 : ToolCallFormat.None;

        bool Has(string mark) => template.Source.Contains(mark, StringComparison.Ordinal);
    }

    /// <summary>A parser for one answer; the parameters are those of its constructor.</summary>
    public ToolCallParser CreateParser(IReadOnlySet<string> names, bool isWhole) => new(Format, names, isWhole);

    /// <summary>An id for a call. Mistral's templates accept nothing but nine letters and digits.</summary>
    public string CreateId() => Format == ToolCallFormat.Mistral
        ? RandomNumberGenerator.GetString(Alphanumeric, 9)
        : "call_" + RandomNumberGenerator.GetString(Alphanumeric, 24);

    /// <summary>
    /// What makes an answer one call of one of the functions, or up to <see cref="ForcedCallsMax"/> where the format takes several.
    /// </summary>
    public ForcedCalls Force(IReadOnlyList<ToolFunction> functions, bool takesSeveral)
    {
        ArgumentNullException.ThrowIfNull(functions);
        return Format switch
        {
            ToolCallFormat.Hermes => ForceTagged(functions, takesSeveral),
            // The templates of this family refuse conversations with several calls at once.
            ToolCallFormat.Llama3 => ForceList(functions, "parameters", "", "", 1),
            ToolCallFormat.Mistral when Has(CallSyntax.Arguments) => ForceNamed(functions),
            ToolCallFormat.Mistral => ForceList(functions, "arguments", Has("[TOOL_CALLS] [") ? " [" : "[", "]", Limit(takesSeveral)),
            _ => ForcePhi(functions, Limit(takesSeveral)),
        };
    }

    /// <summary>
    /// What keeps the calls of a model that is free to call or not to the functions, and those of strict ones to their schemas; null
    /// where no function is strict, or the format leaves no way to: marks that are special tokens, or no mark at all.
    /// </summary>
    public OutputConstraint? Guard(IReadOnlyList<ToolFunction> functions)
    {
        ArgumentNullException.ThrowIfNull(functions);
        bool canGuard = Format is ToolCallFormat.Hermes or ToolCallFormat.Phi && SpecialTokens.Count == 0;
        if (!canGuard || !functions.Any(static function => function.IsStrict)) return null;
        ConstraintItems forced = Force(KeepStrict(functions), takesSeveral: Format == ToolCallFormat.Phi).Constraint.Form!;
        string beginning = forced.Lead + forced.Items[0].Before;
        string trigger = _syntax.Openers.First(opener => beginning.StartsWith(opener, StringComparison.Ordinal));
        return OutputConstraint.Items(forced.Lead.Length > 0
            ? forced with { Trigger = trigger, Lead = forced.Lead[trigger.Length..] }
            : forced with { Trigger = trigger, Items = [.. forced.Items.Select(item => SkipPrefix(item, trigger.Length))] });

        static ConstraintItem SkipPrefix(ConstraintItem item, int length) => item with { Before = item.Before[length..] };
    }

    /// <summary>
    /// Calls of the functions or a document, whichever the model prefers; null where calls begin with special tokens, which no constraint
    /// can ask for. The arguments of strict functions keep their schemas.
    /// </summary>
    public OutputConstraint? Either(IReadOnlyList<ToolFunction> functions, bool takesSeveral, OutputConstraint document)
    {
        ArgumentNullException.ThrowIfNull(functions);
        ForcedCalls forced = Force(KeepStrict(functions), takesSeveral);
        return forced.Prompt.Length > 0 ? null : OutputConstraint.Either(document, forced.Constraint);
    }

    private static ToolFunction[] KeepStrict(IReadOnlyList<ToolFunction> functions) =>
        [.. functions.Select(static function => function.IsStrict ? function : function with { ParametersSchema = AnyArguments })];

    private static int Limit(bool takesSeveral) => takesSeveral ? ForcedCallsMax : 1;

    private bool Has(string mark) => _template.Contains(mark, StringComparison.Ordinal);

    private bool IsSpecial(string mark) => _specialMarks.Contains(mark);

    private ForcedCalls ForceTagged(IReadOnlyList<ToolFunction> functions, bool takesSeveral)
    {
        bool canRepeat = !IsSpecial(_syntax.Openers[0]) && !IsSpecial(_syntax.Closer!);
        string before = (canRepeat ? _syntax.Openers[0] : "") + "\n";
        string after = canRepeat ? "}\n" + _syntax.Closer : "}";
        return new ForcedCalls(canRepeat ? "" : _syntax.Openers[0], OutputConstraint.Items(new ConstraintItems
        {
            Items = [.. functions.Select(function => Item(function, before + Beginning(function, "arguments"), after))],
            Separator = "\n",
            CountMax = Limit(takesSeveral && canRepeat),
        }));
    }

    private ForcedCalls ForceList(IReadOnlyList<ToolFunction> functions, string arguments, string lead, string tail, int limit)
    {
        string opener = _syntax.TakesUnmarked ? "" : _syntax.Openers[0];
        bool isSpecial = IsSpecial(opener);
        return new ForcedCalls(isSpecial ? opener : "", OutputConstraint.Items(new ConstraintItems
        {
            Lead = isSpecial ? lead : opener + lead,
            Items = [.. functions.Select(function => Item(function, Beginning(function, arguments), "}"))],
            Separator = ", ",
            Tail = tail,
            CountMax = limit,
        }));
    }

    private ForcedCalls ForcePhi(IReadOnlyList<ToolFunction> functions, int limit)
    {
        if (!Has(_syntax.Openers[0]) && Has("functools"))
        {
            ForcedCalls list = ForceList(functions, "arguments", "", "]", limit);
            return new ForcedCalls("", OutputConstraint.Items(list.Constraint.Form! with { Lead = "functools[" }));
        }

        string closer = IsSpecial(_syntax.Closer!) ? "" : _syntax.Closer!;
        return ForceList(functions, "arguments", "[", "]" + closer, limit);
    }

    /// <summary>One call: the mark after a name may be a special token, which only a known name brings into the prompt.</summary>
    private ForcedCalls ForceNamed(IReadOnlyList<ToolFunction> functions)
    {
        string opener = _syntax.Openers[0];
        bool isSpecial = IsSpecial(opener) || IsSpecial(CallSyntax.Arguments);
        if (isSpecial && functions.Count == 1)
        {
            var arguments = new ConstraintItems { Items = [Item(functions[0], "", "")] };
            return new ForcedCalls(opener + functions[0].Name + CallSyntax.Arguments, OutputConstraint.Items(arguments));
        }

        string mark = isSpecial ? "" : CallSyntax.Arguments;
        return new ForcedCalls(isSpecial ? opener : "", OutputConstraint.Items(new ConstraintItems
        {
            Lead = isSpecial ? "" : opener,
            Items = [.. functions.Select(function => Item(function, function.Name + mark, ""))],
        }));
    }

    private static string Beginning(ToolFunction function, string arguments) =>
        $"{{\"name\": \"{function.Name}\", \"{arguments}\": ";

    private static ConstraintItem Item(ToolFunction function, string before, string after) =>
        new(before, function.ParametersSchema, after, function.Field);
}
