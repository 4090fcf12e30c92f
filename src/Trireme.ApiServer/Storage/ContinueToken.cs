using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Trireme.ApiServer.Storage;

/// <summary>Where the next page of a list begins. Opaque to clients.</summary>
internal sealed record ContinueToken(long Revision, string Namespace, string Name)
{
    private const char Separator = '/';

    public static ContinueToken? Parse(string text)
    {
        if (!Base64Url.IsValid(text)) return null;
        string[] parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split(Separator);
        return parts.Length == 3 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long revision)
            ? new ContinueToken(revision, parts[1], parts[2])
            : null;
    }

    public override string ToString()
    {
        string revision = Revision.ToString(CultureInfo.InvariantCulture);
        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Join(Separator, revision, Namespace, Name)));
    }
}
