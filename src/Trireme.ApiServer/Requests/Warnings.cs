using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace Trireme.ApiServer.Requests;

/// <summary>The Warning headers kubectl prints.</summary>
internal static class Warnings
{
    private const int MaxLength = 256;

    /// <summary>All warnings of an answer: clients bound its headers.</summary>
    private const int MaxTotal = 4096;

    public static void Add(HttpResponse response, string message)
    {
        var text = new StringBuilder("299 - \"");
        foreach (char c in message.AsSpan(0, Math.Min(message.Length, MaxLength)))
        {
            // Headers carry printable ASCII; anything else a client put into a field name is not worth a broken response.
            if (c is '"' or '\\') text.Append('\\').Append(c);
            else text.Append(c is >= ' ' and <= '~' ? c : '?');
        }

        string header = text.Append('"').ToString();
        StringValues given = response.Headers.Warning;
        // A change that is tried again warns again, and who has more wrong than fits mends this first.
        bool fits = given.Sum(static warning => warning?.Length ?? 0) + header.Length <= MaxTotal;
        if (fits && !given.Contains(header)) response.Headers.Append("Warning", header);
    }
}
