using System.Text;
using Microsoft.AspNetCore.Http;

namespace Trireme.ApiServer.Requests;

/// <summary>The Warning headers kubectl prints.</summary>
internal static class Warnings
{
    private const int MaxLength = 256;

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
        // A change that is tried again warns again.
        if (!response.Headers.Warning.Contains(header)) response.Headers.Append("Warning", header);
    }
}
