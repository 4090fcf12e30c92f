using System.CommandLine;
using System.Text.Json;
using Trireme.Engine.Benchmarks;

var models = new Option<DirectoryInfo>("--models") { Description = "Folder with SHAPE-TYPE.gguf files.", Required = true };
var llama = new Option<DirectoryInfo>("--llama-root")
{
    Description = "Root file system with llama.cpp's tools, which sees the models as /models.",
    Required = true,
};
var worker = new Option<FileInfo>("--trireme") { Description = "The trireme program.", Required = true };
var threads = new Option<int>("--threads") { Description = "Threads of both.", DefaultValueFactory = _ => 2 };
var rounds = new Option<int>("--rounds") { Description = "Interleaved rounds.", DefaultValueFactory = _ => 5 };
var names = new Option<string[]>("--only")
{
    Description = "Models to measure, such as smollm2-135m-q8_0; all otherwise.",
    AllowMultipleArgumentsPerToken = true,
};
var measures = new Option<string[]>("--measures")
{
    Description = "Measures to take; all otherwise.",
    AllowMultipleArgumentsPerToken = true,
};
measures.AcceptOnlyFromAmong([.. Comparison.MeasureNames]);
var output = new Option<FileInfo>("--output-file") { Description = "JSON file for every single figure.", Required = true };
var root = new RootCommand("Measures the engine against llama.cpp: same files, same threads, interleaved rounds, medians.")
{
    models, llama, worker, threads, rounds, names, measures, output,
};
root.SetAction(async (parsed, cancellationToken) =>
{
    string folder = parsed.GetValue(models)!.FullName;
    string[] only = parsed.GetValue(names) ?? [];
    string[] wanted = parsed.GetValue(measures) is { Length: > 0 } given ? given : [.. Comparison.MeasureNames];
    IEnumerable<string> files = Directory.EnumerateFiles(folder, "*.gguf")
        .Where(file => only.Length == 0 || only.Contains(Path.GetFileNameWithoutExtension(file)))
        .OrderBy(file => new FileInfo(file).Length);
    var peer = new LlamaCpp(parsed.GetValue(llama)!.FullName, parsed.GetValue(threads));
    var results = new List<MeasureResult>();
    foreach (string file in files)
    {
        var comparison = new Comparison(file, peer, parsed.GetValue(worker)!.FullName, parsed.GetValue(threads));
        await foreach (MeasureResult result in comparison.RunAsync(wanted, parsed.GetValue(rounds), cancellationToken))
        {
            results.Add(result);
            Console.WriteLine(Report.Row(result));
            // A run that is stopped, wherever, keeps what it has measured.
            string target = parsed.GetValue(output)!.FullName;
            await File.WriteAllTextAsync(target + ".partial", JsonSerializer.Serialize(results, Report.Json), CancellationToken.None);
            File.Move(target + ".partial", target, overwrite: true);
        }
    }

    Console.WriteLine();
    Console.WriteLine(Report.Table(results));
    return 0;
});
return await root.Parse(args).InvokeAsync();
