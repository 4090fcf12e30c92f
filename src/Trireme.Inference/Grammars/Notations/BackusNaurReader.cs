using Trireme.Inference.Grammars.Patterns;

namespace Trireme.Inference.Grammars.Notations;

/// <summary>Reads grammars of rules as <c>name ::= "text" other ("a" | [0-9])* | ...</c>, the first of which to match is root.</summary>
internal sealed class BackusNaurReader(string text, RuleTable rules) : RuleReader(new NotationScanner(text, "#"), rules)
{
    private const string NameCharacters = "-.";

    public override void Read()
    {
        for (Scanner.SkipSpace(); !Scanner.AtEnd; Scanner.SkipSpace())
        {
            int line = Scanner.Line;
            if (TakeDefinition() is not { } name) throw Scanner.Problem("needs a rule of the form name ::= ... here");
            Rules.Define(name, Alternatives(), line);
        }

        if (!Rules.IsDefined("root")) throw new GrammarException("The grammar has no rule named root, which says what the whole text is.");
        Rules.StartWith("root", Pattern.Nothing);
    }

    protected override string? TakeHead()
    {
        if (Scanner.TakeName(NameCharacters) is not { } name) return null;
        Scanner.SkipSpace(sameLine: true);
        return Scanner.Take("::=") ? name : null;
    }

    protected override SequencePattern Sequence()
    {
        var parts = new List<Pattern>();
        for (Scanner.SkipSpace(); !Scanner.AtEnd && Scanner.Here is not ('|' or ')') && !IsDefinition(); Scanner.SkipSpace())
        {
            parts.Add(Repeated(Part()));
        }

        return new SequencePattern(parts);
    }

    private Pattern Part()
    {
        switch (Scanner.Here)
        {
            case '"' or '\'':
                return Pattern.Text(Scanner.TakeText());
            case '[':
                return Scanner.TakeClass();
            case '.':
                Scanner.At++;
                return new SetPattern(CharacterSet.All);
            case '(':
                return Group('(', ')');
            default:
                int line = Scanner.Line;
                return Scanner.TakeName(NameCharacters) is { } name
                    ? Rules.Use(name, line)
                    : throw Scanner.Problem($"holds '{Scanner.Here}', which means nothing here");
        }
    }

    private Pattern Repeated(Pattern part)
    {
        while (true)
        {
            switch (Scanner.Here)
            {
                case '*': part = Pattern.Repeat(part, 0, null); break;
                case '+': part = Pattern.Repeat(part, 1, null); break;
                case '?': part = Pattern.Optional(part); break;
                case '{': part = Counted(part); break;
                default: return part;
            }

            Scanner.At++;
        }
    }

    private Pattern Counted(Pattern part)
    {
        Scanner.At++;
        Scanner.SkipSpace();
        int minimum = Scanner.TakeCount();
        int? maximum = minimum;
        Scanner.SkipSpace();
        if (Scanner.Take(","))
        {
            Scanner.SkipSpace();
            maximum = Scanner.Here == '}' ? null : Scanner.TakeCount();
            Scanner.SkipSpace();
        }

        if (Scanner.Here != '}') throw Scanner.Problem("has a '{' without its '}'");
        return Repeat(part, minimum, maximum);
    }
}
