using System.Diagnostics.CodeAnalysis;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;

namespace Trireme.Contracts.OpenAi;

/// <summary>
/// Reads a streamed answer. Accepts whatever server-sent events allow: any line end, comments, data over several lines, characters
/// split between reads. A stream may end without its [DONE]; whether the answer is whole is said by its finish reason.
/// </summary>
[SuppressMessage("Naming", "CA1711", Justification = "The interface calls a streamed answer a stream.")]
public static class OpenAiStream
{
    private const int ShownBytes = 100;

    private static ReadOnlySpan<byte> Done => "[DONE]"u8;

    /// <summary>Yields the chunks of a chat answer.</summary>
    /// <exception cref="OpenAiException">The stream reports an error or holds an event that is no chunk.</exception>
    public static IAsyncEnumerable<ChatCompletionChunk> ReadAsync(Stream stream, CancellationToken cancellationToken = default) =>
        ReadAsync<ChatCompletionChunk>(stream, cancellationToken);

    /// <summary>Yields the chunks of a stream, <see cref="ChatCompletionChunk"/> or <see cref="Completion"/>.</summary>
    /// <exception cref="OpenAiException">The stream reports an error or holds an event that is no chunk.</exception>
    public static async IAsyncEnumerable<TChunk> ReadAsync<TChunk>(
        Stream stream, [EnumeratorCancellation] CancellationToken cancellationToken = default)
        where TChunk : class
    {
        SseParser<TChunk?> events = SseParser.Create(stream, static (_, data) => Parse<TChunk>(data));
        await foreach (SseItem<TChunk?> item in events.EnumerateAsync(cancellationToken))
        {
            if (item.Data is null) yield break;
            yield return item.Data;
        }
    }

    /// <summary>Null for the end marker.</summary>
    private static TChunk? Parse<TChunk>(ReadOnlySpan<byte> data)
        where TChunk : class
    {
        if (data.Trim((byte)' ').SequenceEqual(Done)) return null;
        try
        {
            if (MayBeError(data) && OpenAiException.Find(Encoding.UTF8.GetString(data)) is { } error) throw new OpenAiException(error);
            return JsonSerializer.Deserialize<TChunk>(data, OpenAiJson.Options) ?? throw new JsonException("The event is null.");
        }
        catch (JsonException exception)
        {
            string shown = Encoding.UTF8.GetString(data[..Math.Min(data.Length, ShownBytes)]);
            string message = $"The stream holds an event that is no answer: {shown}";
            throw new OpenAiException(new OpenAiError { Message = message, Type = OpenAiErrorTypes.Server }, innerException: exception);
        }
    }

    /// <summary>A cheap first look, so that an ordinary chunk is parsed once.</summary>
    private static bool MayBeError(ReadOnlySpan<byte> data) => data.IndexOf("\"error\""u8) >= 0;
}
