using System.Buffers.Text;
using System.Text;
using System.Text.RegularExpressions;
using Trireme.Contracts.Validation;

namespace Trireme.Contracts.Resources;

/// <summary>Kubernetes' rules for the data that ConfigMaps and Secrets hold by key.</summary>
internal static partial class KeyedData
{
    /// <summary>Bytes of all values of one object.</summary>
    private const long MaxBytes = 1 << 20;

    private const int MaxKeyLength = 253;

    public static void ValidateKeys(string field, IReadOnlyDictionary<string, string>? data, FieldErrors errors)
    {
        foreach (string key in data?.Keys ?? [])
        {
            // Keys become the names of files, and ".." leads out of their folder.
            bool leadsAway = key == "." || key.StartsWith("..", StringComparison.Ordinal);
            if (key.Length <= MaxKeyLength && !leadsAway && Key().IsMatch(key)) continue;
            errors.Invalid(
                $"{field}[{key}]",
                $"a key must be 1 to {MaxKeyLength} letters, digits, '-', '_' or '.', and neither '.' nor begin with '..'");
        }
    }

    public static long TextBytes(IReadOnlyDictionary<string, string>? data) =>
        data?.Values.Sum(static value => (long)Encoding.UTF8.GetByteCount(value)) ?? 0;

    /// <summary>What the values stand for in bytes; those that are not base64 are named and count nothing.</summary>
    public static long Base64Bytes(string field, IReadOnlyDictionary<string, string>? data, FieldErrors errors)
    {
        long bytes = 0;
        foreach ((string key, string value) in data ?? new Dictionary<string, string>())
        {
            if (Base64.IsValid(value, out int length)) bytes += length;
            else errors.Invalid($"{field}[{key}]", "the value must be base64, such as aGVsbG8= for hello");
        }

        return bytes;
    }

    public static void ValidateSize(long bytes, FieldErrors errors)
    {
        if (bytes <= MaxBytes) return;
        errors.Add("data", FieldErrorType.TooLong, $"all values together may not be more than {MaxBytes} bytes, and they are {bytes}");
    }

    [GeneratedRegex("^[-._a-zA-Z0-9]+$")]
    private static partial Regex Key();
}
