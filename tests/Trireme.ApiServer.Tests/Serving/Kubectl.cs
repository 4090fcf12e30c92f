using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Trireme.ApiServer.Tests.Serving;

/// <summary>Runs the kubectl on the PATH against a server.</summary>
internal sealed class Kubectl(string kubeconfig, string @namespace, string cacheFolder)
{
    private static readonly string? Program = Find();

    public static void SkipIfAbsent()
    {
        if (Program is null) Assert.Skip("kubectl is not on the PATH.");
    }

    /// <summary>Runs a command that must succeed and returns what it prints.</summary>
    public async Task<string> RunAsync(string arguments, string? input = null, string? editor = null)
    {
        (int code, string output, string error) = await TryAsync(arguments, input, editor);
        Assert.True(code == 0, $"kubectl {arguments} ended with {code}: {error}");
        return output;
    }

    /// <summary>Runs a command that must fail and returns its error.</summary>
    public async Task<string> FailAsync(string arguments, string? input = null)
    {
        (int code, string output, string error) = await TryAsync(arguments, input);
        Assert.True(code != 0, $"kubectl {arguments} succeeded: {output}");
        return error;
    }

    public Process Start(string arguments, string? editor = null)
    {
        string[] words = [$"--cache-dir={cacheFolder}", $"--namespace={@namespace}", .. Words(arguments)];
        var start = new ProcessStartInfo(Program!, words)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["KUBECONFIG"] = kubeconfig;
        if (editor is not null) start.Environment["KUBE_EDITOR"] = editor;
        return Process.Start(start)!;
    }

    private async Task<(int Code, string Output, string Error)> TryAsync(string arguments, string? input, string? editor = null)
    {
        using Process process = Start(arguments, editor);
        if (input is not null) await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        Task<string> output = process.StandardOutput.ReadToEndAsync(cancellation);
        Task<string> error = process.StandardError.ReadToEndAsync(cancellation);
        await process.WaitForExitAsync(cancellation);
        return (process.ExitCode, await output, await error);
    }

    /// <summary>Splits at spaces outside single quotes, as a shell does.</summary>
    private static IEnumerable<string> Words(string arguments) => Regex.Matches(arguments, "(?:[^\\s']+|'[^']*')+")
        .Select(word => word.Value.Replace("'", "", StringComparison.Ordinal));

    private static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator)
        .Select(folder => Path.Combine(folder, "kubectl"))
        .FirstOrDefault(File.Exists);
}
