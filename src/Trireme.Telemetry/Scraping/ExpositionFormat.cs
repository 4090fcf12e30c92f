using System.Net.Http.Headers;
using Trireme.Telemetry.Model;

namespace Trireme.Telemetry.Scraping;

/// <summary>Tells a metrics page from anything else that an address may answer with, such as the page of a login.</summary>
internal static class ExpositionFormat
{
    private const string Text = "text/plain";
    private const string OpenMetrics = "application/openmetrics-text";

    private static ReadOnlySpan<byte> EndMark => "# EOF"u8;

    /// <exception cref="ScrapeException">The answer is in neither format.</exception>
    public static bool IsOpenMetrics(HttpContentHeaders headers)
    {
        string? type = headers.ContentType?.MediaType;
        if (string.Equals(type, Text, StringComparison.OrdinalIgnoreCase)) return false;
        if (string.Equals(type, OpenMetrics, StringComparison.OrdinalIgnoreCase)) return true;
        string given = headers.TryGetValues("Content-Type", out IEnumerable<string>? values) ? string.Join(", ", values) : "";
        throw new ScrapeException(given.Length == 0
            ? $"the answer has no Content-Type; metrics are {Text} or {OpenMetrics}"
            : $"the answer is of Content-Type {TextQuoting.Quote(given)}; metrics are {Text} or {OpenMetrics}");
    }

    /// <summary>OpenMetrics ends with a mark, so that an answer that was cut is known from a whole one.</summary>
    /// <exception cref="ScrapeException">The mark is missing, or text comes after it.</exception>
    public static void CheckEnd(ReadOnlySpan<byte> text)
    {
        if (text.EndsWith("\n"u8)) text = text[..^1];
        int start = text.LastIndexOf((byte)'\n') + 1;
        if (!text[start..].SequenceEqual(EndMark)) throw new ScrapeException("the answer does not end with # EOF, so it was cut short");
        bool isEarly = text[..start].StartsWith("# EOF\n"u8) || text[..start].IndexOf("\n# EOF\n"u8) >= 0;
        if (isEarly) throw new ScrapeException("text follows # EOF");
    }
}
