using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace Trireme.Engine.Benchmarks;

/// <summary>llama.cpp's own tools, run inside the root file system they were installed in.</summary>
internal sealed class LlamaCpp(string root, int threads)
{
    public const string ServerProgram = "/usr/bin/llama-server";

    /// <summary>Tokens per second of one stream, by llama-bench.</summary>
    public Task<double> DecodeAsync(string model, int tokens) => BenchAsync(model, prompt: 0, tokens);

    /// <summary>Prompt tokens per second, by llama-bench.</summary>
    public Task<double> PrefillAsync(string model, int promptTokens) => BenchAsync(model, promptTokens, tokens: 0);

    /// <summary>Tokens per second of some streams together, by llama-batched-bench.</summary>
    public async Task<double> BatchedDecodeAsync(string model, int streams, int promptTokens, int tokens)
    {
        int context = streams * (promptTokens + tokens);
        string output = await RunAsync(
            "/usr/bin/llama-batched-bench",
            "-m", Inside(model), "-t", Number(threads), "-c", Number(context), "-npp", Number(promptTokens), "-ntg", Number(tokens),
            "-npl", Number(streams), "--output-format", "jsonl");
        string line = output.Split('\n').Last(text => text.StartsWith('{'));
        using JsonDocument json = JsonDocument.Parse(line);
        return json.RootElement.GetProperty("speed_tg").GetDouble();
    }

    /// <summary>A program of llama.cpp that the caller starts.</summary>
    public ProcessStartInfo Command(string program, params IReadOnlyList<string> arguments)
    {
        var command = new ProcessStartInfo("chroot", [root, program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        return command;
    }

    public static string Inside(string model) => "/models/" + Path.GetFileName(model);

    private async Task<double> BenchAsync(string model, int prompt, int tokens)
    {
        string output = await RunAsync(
            "/usr/bin/llama-bench",
            "-m", Inside(model), "-t", Number(threads), "-p", Number(prompt), "-n", Number(tokens), "-r", "1", "-o", "jsonl");
        using JsonDocument json = JsonDocument.Parse(output.Split('\n').Last(text => text.StartsWith('{')));
        return json.RootElement.GetProperty("avg_ts").GetDouble();
    }

    private async Task<string> RunAsync(string program, params string[] arguments)
    {
        using Process process = Process.Start(Command(program, arguments))!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode == 0) return output;
        throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {await errors}");
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
