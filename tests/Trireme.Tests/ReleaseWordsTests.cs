using System.CommandLine;
using Trireme.Commands;
using Trireme.Contracts.Schema;

namespace Trireme.Tests;

/// <summary>A release says in the worker's own words how the engine holds a model.</summary>
public sealed class ReleaseWordsTests
{
    private static readonly IReadOnlyDictionary<string, SchemaNode> Engine =
        ResourceCatalog.Releases.Schema.Properties!["spec"].Properties!["engine"].Properties!;

    [Theory]
    [InlineData("weights", "--weights")]
    [InlineData("kvCacheType", "--kv-cache-dtype")]
    public void A_field_takes_the_words_of_the_option_it_becomes(string field, string option) =>
        Assert.Equal(WorkerWords(option), Engine[field].Enum!);

    [Fact]
    public void Speculation_has_the_methods_of_the_worker_but_off() =>
        Assert.Equal(WorkerWords("--speculative").Except(["off"]), Engine["speculation"].Properties!["method"].Enum!);

    [Fact]
    public void Every_field_is_described()
    {
        foreach ((string field, SchemaNode schema) in Engine.Concat(Engine["speculation"].Properties!))
        {
            Assert.True(schema.Description is { Length: > 20 }, $"{field} is not described.");
        }
    }

    private static string[] WorkerWords(string option) =>
        WorkerCommand.Create().Options.Single(known => known.Name == option).HelpName!.Split('|');
}
