using System.Text.Json;
using System.Text.RegularExpressions;
using Trireme.Inference.Formats;

namespace Trireme.Inference.Tokenizers;

/// <summary>Reads the "pre_tokenizer" of a tokenizer.json: Split and Digits steps, ended by ByteLevel.</summary>
internal sealed class PreTokenizerReader
{
    private const string Key = "pre_tokenizer";
    private const int StepCountMax = 16;
    private const int PatternLengthMax = 4096;

    /// <summary>The pattern of GPT-2, which ByteLevel splits by unless told otherwise.</summary>
    private const string Gpt2Pattern = @"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private readonly List<SplitStep> _steps = [];
    private bool _addPrefixSpace;
    private bool _byteLevel;

    public static PreTokenizer Read(JsonSection json)
    {
        if (json.Section(Key) is not { } section) throw json.Missing(Key, "ByteLevel, or a Sequence that ends with it");
        var reader = new PreTokenizerReader();
        if (section.OptionalString("type") == "Sequence")
        {
            foreach (JsonElement element in section.List("pretokenizers", StepCountMax)) reader.Add(section.At("pretokenizers", element));
        }
        else
        {
            reader.Add(section);
        }

        if (!reader._byteLevel) throw json.Unsupported(Key, "does not end with ByteLevel; only byte-level encodings are read.");
        return new PreTokenizer(reader._steps, reader._addPrefixSpace);
    }

    private void Add(JsonSection step)
    {
        string type = step.RequiredString("type");
        if (_byteLevel) throw step.Unsupported("type", $"is '{type}' after ByteLevel; only steps before it are read.");
        switch (type)
        {
            case "ByteLevel":
                AddByteLevel(step);
                break;
            case "Split":
                AddSplit(step);
                break;
            case "Digits":
                bool individual = step.OptionalBool("individual_digits") ?? false;
                _steps.Add(new SplitStep(Compile(step, individual ? @"\p{N}" : @"\p{N}+"), SplitParts.Both));
                break;
            default:
                throw step.Unsupported("type", $"is '{type}'; known are Split, Digits, ByteLevel and a Sequence of those.");
        }
    }

    private void AddByteLevel(JsonSection step)
    {
        _byteLevel = true;
        _addPrefixSpace = step.OptionalBool("add_prefix_space") ?? true;
        if (_addPrefixSpace && _steps.Count > 0)
        {
            throw step.Unsupported("add_prefix_space", "is true after another step, where it is not read.");
        }

        if (step.OptionalBool("use_regex") ?? true) _steps.Add(new SplitStep(Compile(step, Gpt2Pattern), SplitParts.Both));
    }

    private void AddSplit(JsonSection step)
    {
        JsonSection pattern = step.Section("pattern") ?? throw step.Missing("pattern", "an object with Regex or String");
        string expression = pattern.OptionalString("Regex") ?? Regex.Escape(pattern.RequiredString("String"));
        bool invert = step.OptionalBool("invert") ?? false;
        string behavior = step.RequiredString("behavior");
        SplitParts kept = behavior switch
        {
            "Isolated" => SplitParts.Both,
            "Removed" => invert ? SplitParts.Matches : SplitParts.Gaps,
            _ => throw step.Unsupported("behavior", $"is '{behavior}'; known are Isolated, Removed."),
        };
        _steps.Add(new SplitStep(Compile(step, expression), kept));
    }

    private static Regex Compile(JsonSection step, string expression)
    {
        if (expression.Length > PatternLengthMax) throw step.Problem("pattern", $"is longer than {PatternLengthMax} characters.");
        if (expression.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            throw step.Unsupported("pattern", "names a character beyond U+FFFF, which patterns cannot match.");
        }

        try
        {
            return new Regex(expression, RegexOptions.Compiled | RegexOptions.CultureInvariant, SplitStep.MatchTimeout);
        }
        catch (ArgumentException exception)
        {
            throw step.Unsupported("pattern", $"is no pattern this engine reads: {exception.Message}");
        }
    }
}
