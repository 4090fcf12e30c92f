using System.Reflection.PortableExecutable;
using System.Text.Json.Nodes;
using Trireme.Testing;

namespace Trireme.Tests;

/// <summary>What makes starts and commands short is in the built files, and is lost without a sign when it is lost.</summary>
public sealed class ProgramStartTests
{
    private static readonly string Folder = Path.GetDirectoryName(PlatformProcess.Program)!;

    [Fact]
    public void Own_assemblies_and_those_of_every_start_are_machine_code()
    {
        IEnumerable<string> own = Directory.EnumerateFiles(Folder, "Trireme.*.dll").Select(Path.GetFileName)!;

        string[] started = [.. own, "trireme.dll", "YamlDotNet.dll", "System.CommandLine.dll", "Microsoft.Data.Sqlite.dll"];
        IEnumerable<string> left = started.Where(IsOnlyIntermediate);

        Assert.Empty(left);
        Assert.Contains("Trireme.Inference.dll", own);
    }

    [Fact]
    public void A_method_is_compiled_anew_only_when_it_is_called_often()
    {
        string settings = File.ReadAllText(Path.Combine(Folder, "trireme.runtimeconfig.json"));

        JsonNode properties = JsonNode.Parse(settings)!["runtimeOptions"]!["configProperties"]!;

        Assert.Equal(256, (int?)properties["System.Runtime.TieredCompilation.CallCountThreshold"]);
    }

    private static bool IsOnlyIntermediate(string name)
    {
        using var assembly = new PEReader(File.OpenRead(Path.Combine(Folder, name)));
        return assembly.PEHeaders.CorHeader!.ManagedNativeHeaderDirectory.Size == 0;
    }
}
