namespace Trireme.ApiServer.Requests;

/// <summary>Reads enum values by their exact names; the framework's parser also takes numbers and lists.</summary>
internal static class ExactName
{
    public static bool TryParse<T>(string text, out T value)
        where T : struct, Enum
    {
        value = default;
        return Enum.GetNames<T>().Contains(text) && Enum.TryParse(text, out value);
    }
}
