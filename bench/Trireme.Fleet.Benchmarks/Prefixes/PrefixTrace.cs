using System.Text.Json;
using Trireme.Fleet.Benchmarks.Scaling;

namespace Trireme.Fleet.Benchmarks.Prefixes;

/// <summary>One request of a trace with what its prompt shares with others.</summary>
/// <param name="Sizes">Arrival and token counts.</param>
/// <param name="Blocks">One number for each 512 tokens, the same for the same text after the same beginning.</param>
internal sealed record PrefixRequest(TraceRequest Sizes, ulong[] Blocks);

/// <summary>Mooncake's traces: github.com/kvcache-ai/Mooncake, FAST 2025 (Apache-2.0).</summary>
internal static class PrefixTrace
{
    public const int BlockTokens = 512;

    /// <param name="file">Lines of JSON with timestamp (ms), input_length, output_length and hash_ids.</param>
    public static PrefixRequest[] Read(string file) =>
    [
        .. File.ReadLines(file).Select(static line =>
        {
            using var json = JsonDocument.Parse(line);
            JsonElement root = json.RootElement;
            return new PrefixRequest(
                new TraceRequest(
                    root.GetProperty("timestamp").GetDouble() / 1000,
                    Math.Max(1, root.GetProperty("input_length").GetInt32()),
                    Math.Max(1, root.GetProperty("output_length").GetInt32())),
                [.. root.GetProperty("hash_ids").EnumerateArray().Select(static id => id.GetUInt64() + 1)]);
        }).OrderBy(static request => request.Sizes.At),
    ];
}
