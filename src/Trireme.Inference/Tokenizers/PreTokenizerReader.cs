using System.Text.Json;
using System.Text.RegularExpressions;
using Trireme.Inference.Formats;

namespace Trireme.Inference.Tokenizers;

/// <summary>
/// Reads the "pre_tokenizer" of a tokenizer.json: Split and Digits steps, ended by ByteLevel in byte-level encodings and by Metaspace or
/// nothing in those of SentencePiece.
/// </summary>
internal sealed class PreTokenizerReader
{
    private const string Key = "pre_tokenizer";
    private const int StepCountMax = 16;
    private const int PatternLengthMax = 4096;

    private readonly List<SplitStep> _steps = [];
    private SpaceRule _spaces = new(' ', SpacePrefix.Never);
    private string? _last;

    /// <summary>Text is split into words that are written in the byte alphabet.</summary>
    public bool ByteLevel => _last == "ByteLevel";

    /// <summary>Reads the steps, and whether they end with ByteLevel.</summary>
    public static PreTokenizerReader Read(JsonSection json)
    {
        var reader = new PreTokenizerReader();
        if (json.Section(Key) is { } section)
        {
            if (section.OptionalString("type") == "Sequence")
            {
                foreach (JsonElement element in section.List("pretokenizers", StepCountMax))
                {
                    reader.Add(section.At("pretokenizers", element));
                }
            }
            else
            {
                reader.Add(section);
            }
        }

        return reader;
    }

    /// <param name="words">Splits at the spaces of a vocabulary whose tokens end there, where the file splits nowhere.</param>
    public PreTokenizer Build(SplitStep? words = null) =>
        new(_steps.Count == 0 && words is not null ? [words] : _steps, _spaces);

    private void Add(JsonSection step)
    {
        string type = step.RequiredString("type");
        if (_last is not null) throw step.Unsupported("type", $"is '{type}' after {_last}; only steps before it are read.");
        switch (type)
        {
            case "ByteLevel":
                AddByteLevel(step);
                break;
            case "Metaspace":
                AddMetaspace(step);
                break;
            case "Split":
                AddSplit(step);
                break;
            case "Digits":
                bool individual = step.OptionalBool("individual_digits") ?? false;
                _steps.Add(Compile(step, individual ? @"\p{N}" : @"\p{N}+"));
                break;
            default:
                throw step.Unsupported("type", $"is '{type}'; known are Split, Digits, ByteLevel, Metaspace and a Sequence of those.");
        }
    }

    private void AddByteLevel(JsonSection step)
    {
        _last = "ByteLevel";
        bool prefixed = step.OptionalBool("add_prefix_space") ?? true;
        if (prefixed && _steps.Count > 0)
        {
            throw step.Unsupported("add_prefix_space", "is true after another step, where it is not read.");
        }

        _spaces = new SpaceRule(' ', prefixed ? SpacePrefix.Always : SpacePrefix.Never);
        if (step.OptionalBool("use_regex") ?? true) _steps.Add(Compile(step, WordPatterns.Gpt2));
    }

    private void AddMetaspace(JsonSection step)
    {
        _last = "Metaspace";
        if (_steps.Count > 0) throw step.Unsupported("type", "is 'Metaspace' after another step, where it is not read.");
        string mark = step.OptionalString("replacement") ?? "\u2581";
        if (mark.Length != 1 || char.IsSurrogate(mark[0])) throw step.Problem("replacement", "must be one character up to U+FFFF.");
        string scheme = step.OptionalString("prepend_scheme") ?? (step.OptionalBool("add_prefix_space") ?? true ? "always" : "never");
        SpacePrefix prefix = scheme switch
        {
            "always" => SpacePrefix.Always,
            "first" => SpacePrefix.First,
            "never" => SpacePrefix.Never,
            _ => throw step.Unsupported("prepend_scheme", $"is '{scheme}'; known are always, first, never."),
        };
        _spaces = new SpaceRule(mark[0], prefix);
        if (step.OptionalBool("split") ?? true) _steps.Add(Compile(step, Regex.Escape(mark), SplitBehavior.MergedWithNext));
    }

    private void AddSplit(JsonSection step)
    {
        JsonSection pattern = step.Section("pattern") ?? throw step.Missing("pattern", "an object with Regex or String");
        string expression = pattern.OptionalString("Regex") ?? Regex.Escape(pattern.RequiredString("String"));
        string behavior = step.RequiredString("behavior");
        if (!Enum.TryParse(behavior, out SplitBehavior known) || known.ToString() != behavior)
        {
            throw step.Unsupported("behavior", $"is '{behavior}'; known are {string.Join(", ", Enum.GetNames<SplitBehavior>())}.");
        }

        _steps.Add(Compile(step, expression, known, step.OptionalBool("invert") ?? false));
    }

    private static SplitStep Compile(
        JsonSection step, string expression, SplitBehavior behavior = SplitBehavior.Isolated, bool invert = false)
    {
        if (expression.Length > PatternLengthMax) throw step.Problem("pattern", $"is longer than {PatternLengthMax} characters.");
        if (expression.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            throw step.Unsupported("pattern", "names a character beyond U+FFFF, which patterns cannot match.");
        }

        try
        {
            return SplitStep.Of(expression, behavior, invert);
        }
        catch (ArgumentException exception)
        {
            throw step.Unsupported("pattern", $"is no pattern this engine reads: {exception.Message}");
        }
    }
}
