namespace Trireme.Architecture.Tests;

/// <summary>Fails with everything found at once, a line each.</summary>
internal static class Breaches
{
    public static void None(IEnumerable<string> breaches, string rule)
    {
        string[] found = [.. breaches.Distinct().Order(StringComparer.Ordinal)];
        if (found.Length > 0) Assert.Fail($"{rule}\n  {string.Join("\n  ", found)}");
    }
}
