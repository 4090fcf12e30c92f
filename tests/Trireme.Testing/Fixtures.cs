namespace Trireme.Testing;

/// <summary>Finds golden data that lies beside the checkout on some machines. Tests that need it are skipped elsewhere.</summary>
public static class Fixtures
{
    /// <summary>Full path of a fixture file or folder, or null where the fixtures are absent.</summary>
    public static string? Find(string relativePath)
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string candidate = Path.Combine(folder.FullName, "shared", "fixtures", relativePath);
            if (File.Exists(candidate) || Directory.Exists(candidate)) return candidate;
        }

        return null;
    }
}
