namespace Trireme.Testing;

/// <summary>The checkout the tests were built from.</summary>
public static class Repository
{
    public static string Root { get; } = FindRoot();

    public static string PathOf(params ReadOnlySpan<string> parts) => Path.Combine([Root, .. parts]);

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Trireme.slnx"))) return folder.FullName;
        }

        throw new InvalidOperationException("The tests run outside a checkout: no Trireme.slnx above " + AppContext.BaseDirectory);
    }
}
