using System.Text.Json;
using Trireme.Inference.Formats;

namespace Trireme.Inference.Tokenizers;

/// <summary>Reads the "normalizer" of a tokenizer.json.</summary>
internal static class NormalizerReader
{
    private const int StepCountMax = 16;

    // A replacement multiplies a text's length at most by this.
    private const int ContentLengthMax = 16;

    public static TextNormalizer Read(JsonSection json)
    {
        var steps = new List<NormalizerStep>();
        if (json.Section("normalizer") is { } section) Add(section, steps, depth: 0);
        return new TextNormalizer(steps);
    }

    private static void Add(JsonSection step, List<NormalizerStep> steps, int depth)
    {
        string type = step.RequiredString("type");
        switch (type)
        {
            case "NFC":
                steps.Add(new ComposeStep());
                break;
            case "Prepend":
                steps.Add(new PrependStep(Content(step, "prepend")));
                break;
            case "Replace":
                JsonSection pattern = step.Section("pattern") ?? throw step.Missing("pattern", "an object with String");
                if (pattern.Find("Regex") is not null) throw pattern.Unsupported("Regex", "is set; normalizers replace plain text.");
                string text = pattern.RequiredString("String");
                if (text.Length == 0) throw pattern.Problem("String", "is empty.");
                steps.Add(new ReplaceStep(text, Content(step, "content")));
                break;
            case "Sequence" when depth == 0:
                foreach (JsonElement element in step.List("normalizers", StepCountMax))
                {
                    Add(step.At("normalizers", element), steps, depth + 1);
                }

                break;
            default:
                throw step.Unsupported("type", $"is '{type}'; known are NFC, Prepend, Replace and a Sequence of those.");
        }
    }

    private static string Content(JsonSection step, string key)
    {
        string content = step.RequiredString(key);
        return content.Length <= ContentLengthMax ? content : throw step.Problem(key, $"is longer than {ContentLengthMax} characters.");
    }
}
