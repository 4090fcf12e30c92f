namespace Trireme.Testing;

/// <summary>
/// The JavaScript packages that tests run against: JavaScript/package.json names them, eng/test installs them under artifacts. Tests
/// that need them are skipped where they are absent.
/// </summary>
public static class JavaScriptPackages
{
    public const string Missing = "The JavaScript packages are not installed here; eng/test installs them.";

    private static readonly string Folder = Repository.PathOf("artifacts", "npm", "node_modules");

    public static bool Exist => Directory.Exists(Folder) && CommandResult.Exists("node");

    /// <summary>Runs a CommonJS script, which may require the packages.</summary>
    /// <exception cref="InvalidOperationException">The script failed; the message is what it printed.</exception>
    public static async Task<string> RunAsync(string script, string? input = null, params IReadOnlyList<string> arguments)
    {
        var environment = new Dictionary<string, string> { ["NODE_PATH"] = Folder };
        CommandResult result = await CommandResult.RunAsync("node", [script, .. arguments], environment, input);
        return result.ExitCode == 0
            ? result.Output
            : throw new InvalidOperationException($"{Path.GetFileName(script)} failed:\n{result.Output}\n{result.Error}");
    }
}
