using Trireme.Inference.Formats;
using Trireme.Inference.Generation;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Formats;

public sealed class EmbeddingConfigTests : IDisposable
{
    private const string Transformer = """{"idx":0,"path":"","type":"sentence_transformers.models.Transformer"}""";
    private const string Pooling = """{"idx":1,"path":"1_Pooling","type":"sentence_transformers.models.Pooling"}""";
    private const string Normalize = """{"idx":2,"path":"2_Normalize","type":"sentence_transformers.models.Normalize"}""";
    private const string Dense = """{"idx":2,"path":"2_Dense","type":"sentence_transformers.models.Dense"}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_model_without_such_files_gives_the_last_tokens_state_at_length_one()
    {
        EmbeddingConfig config = EmbeddingConfigReader.ReadFolder(_folder.Path);
        Assert.Equal((PoolingMode.Last, true, false), (config.Pooling, config.Normalize, config.IsMatryoshka));
        Assert.Null(config.Problem);
    }

    [Theory]
    [InlineData("mean_tokens", PoolingMode.Mean)]
    [InlineData("lasttoken", PoolingMode.Last)]
    [InlineData("cls_token", PoolingMode.First)]
    public void The_files_of_sentence_transformers_say_how_to_pool(string key, PoolingMode mode)
    {
        Write($"[{Transformer},{Pooling},{Normalize}]", $$"""{"word_embedding_dimension":8,"pooling_mode_{{key}}":true}""");
        EmbeddingConfig config = EmbeddingConfigReader.ReadFolder(_folder.Path);
        Assert.Equal((mode, true), (config.Pooling, config.Normalize));
        Assert.Null(config.Problem);
        Write($"[{Transformer},{Pooling}]", $$"""{"pooling_mode_{{key}}":true,"pooling_mode_max_tokens":false}""");
        Assert.False(EmbeddingConfigReader.ReadFolder(_folder.Path).Normalize);
    }

    [Theory]
    [InlineData(Pooling, """{"pooling_mode_max_tokens":true}""", "sets pooling_mode_max_tokens")]
    [InlineData(Pooling, """{"pooling_mode_mean_tokens":true,"pooling_mode_cls_token":true}""", "sets 2 pooling modes")]
    [InlineData(Pooling, "{}", "sets 0 pooling modes")]
    [InlineData(Pooling + "," + Dense, """{"pooling_mode_mean_tokens":true}""", "a module sentence_transformers.models.Dense")]
    public void What_is_not_computed_here_is_named_and_keeps_the_model_from_embedding_alone(string modules, string pooling, string problem)
    {
        Write($"[{Transformer},{modules}]", pooling);
        Assert.Contains(problem, EmbeddingConfigReader.ReadFolder(_folder.Path).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{}", "{}", "modules")]
    [InlineData("[1]", "{}", "modules")]
    [InlineData("[{}]", "{}", "'modules.type' is missing")]
    [InlineData("""[{"type":"x.Pooling","path":"../elsewhere"}]""", "{}", "a folder inside the model's")]
    [InlineData("""[{"type":"x.Pooling","path":"gone"}]""", "{}", "there is no gone/config.json")]
    [InlineData("[" + Pooling + "]", """{"pooling_mode_cls_token":1}""", "expected true or false")]
    [InlineData("[", "{}", "not valid JSON")]
    public void A_malformed_file_is_refused_with_its_place(string modules, string pooling, string problem)
    {
        Write(modules, pooling);
        string message = Assert.Throws<ModelFormatException>(() => EmbeddingConfigReader.ReadFolder(_folder.Path)).Message;
        Assert.Contains(problem, message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_dimensions_a_model_was_trained_for_come_from_its_config()
    {
        File.WriteAllText(_folder.File("config.json"), """{"matryoshka_dimensions":[8,16]}""");
        EmbeddingConfig config = EmbeddingConfigReader.ReadFolder(_folder.Path);
        Assert.True(config.IsMatryoshka);
        Assert.Equal([8, 16], config.MatryoshkaDimensions);
        File.WriteAllText(_folder.File("config.json"), """{"matryoshka_dimensions":[8,"x"]}""");
        Assert.Throws<ModelFormatException>(() => EmbeddingConfigReader.ReadFolder(_folder.Path));
        File.WriteAllText(_folder.File("config.json"), """{"is_matryoshka":true}""");
        Assert.True(EmbeddingConfigReader.ReadFolder(_folder.Path).IsMatryoshka);
    }

    private void Write(string modules, string pooling)
    {
        File.WriteAllText(_folder.File("modules.json"), modules);
        Directory.CreateDirectory(_folder.File("1_Pooling"));
        File.WriteAllText(_folder.File("1_Pooling/config.json"), pooling);
    }
}
