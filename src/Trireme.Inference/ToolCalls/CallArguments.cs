using System.Text.Json;

namespace Trireme.Inference.ToolCalls;

/// <summary>Arguments of an earlier call on their way back into a prompt.</summary>
public static class CallArguments
{
    /// <summary>
    /// The arguments as a JSON object. What is an object is it as it stands; one that was cut by a token limit is made whole, because
    /// templates look into it, and what a model wrote carelessly is put right. What says nothing, such as an empty list, is an empty
    /// object as it is in an answer.
    /// </summary>
    /// <param name="arguments">The text of a message.</param>
    /// <param name="json">The JSON.</param>
    /// <returns>False for any other text or JSON, and for JSON that holds half a surrogate pair.</returns>
    public static bool TryRead(string? arguments, out string json)
    {
        json = ArgumentWords.None;
        if (arguments is null || ArgumentWords.SayNothing(arguments)) return true;
        bool isJson = IsJson(arguments);
        var reader = new LenientJsonReader();
        if (!TryObject(reader, arguments))
        {
            // An object that the reader does not take, such as one with a number of very many digits, is JSON as it stands.
            json = arguments;
            return isJson && arguments.AsSpan().TrimStart().StartsWith('{');
        }

        json = reader.Output.ToString();
        // Nothing else in JSON is written in another way.
        return !isJson || arguments.AsSpan().Trim().SequenceEqual(json);
    }

    private static bool TryObject(LenientJsonReader reader, string arguments)
    {
        JsonStep step = JsonStep.Inside;
        foreach (char character in arguments.AsSpan().Trim())
        {
            if (step == JsonStep.Complete) return false;
            step = reader.Step(character);
            if (step == JsonStep.Invalid) return false;
        }

        if (step != JsonStep.Complete) reader.Finish();
        return true;
    }

    private static bool IsJson(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }
}
