using Trireme.Contracts.Storage;

namespace Trireme.Contracts.Serialization;

/// <summary>
/// What an exception says, as a part of a longer sentence: messages of libraries end with a period, and some go on for lines.
/// </summary>
public static class Clause
{
    public static string Of(Exception exception)
    {
        ArgumentNullException.ThrowIfNull(exception);
        string message = exception.Message.Trim();
        int end = message.IndexOfAny(['\r', '\n']);
        return (end < 0 ? message : message[..end]).TrimEnd('.', ' ');
    }

    /// <summary>The same behind the name of the file it is about, which many messages begin with or hold already.</summary>
    public static string Of(string path, Exception exception)
    {
        string clause = Of(exception);
        bool isNamed = exception is IrregularFileException || clause.Contains(path, StringComparison.Ordinal);
        return isNamed ? clause : $"{path} cannot be read: {clause}";
    }
}
