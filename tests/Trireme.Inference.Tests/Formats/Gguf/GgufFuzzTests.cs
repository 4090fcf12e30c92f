using Trireme.Inference.Formats;
using Trireme.Inference.Tests.Tokenizers.Gguf;
using Trireme.Testing;

namespace Trireme.Inference.Tests.Formats.Gguf;

public sealed class GgufFuzzTests
{
    /// <summary>A header of some kilobytes can ask for no more than a few megabytes, most of them compiled patterns.</summary>
    private const long AllocatedMax = 16 << 20;

    [Theory]
    [InlineData(41, "gpt2")]
    [InlineData(42, "llama")]
    public void Mutated_files_are_read_or_refused_and_never_crash(int seed, string vocabulary)
    {
        byte[] original = Model(vocabulary).Build();
        using var folder = new TemporaryFolder();
        string path = folder.File("model.gguf");
        Random random = FuzzRounds.Random(seed);
        int rounds = FuzzRounds.Of(1000);
        int read = 0;
        for (int i = 0; i < rounds; i++)
        {
            File.WriteAllBytes(path, Mutate(original, random));
            long allocated = GC.GetAllocatedBytesForCurrentThread();
            TimeSpan computed = ThreadCpuTime.Now;
            try
            {
                using var model = StoredModel.Open(path);
                foreach (ModelTensor tensor in model.Weights.Tensors) ReadWhole(tensor);
                model.Tokenizer.Decode(model.Tokenizer.Encode("Hello there <s> 123"));
                read++;
            }
            catch (ModelFormatException)
            {
                // Refusing is the other right answer.
            }

            Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, AllocatedMax);
            Assert.InRange(ThreadCpuTime.Now - computed, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        }

        Assert.InRange(read, rounds / 100, rounds * 9 / 10);
    }

    private static GgufBuilder Model(string vocabulary)
    {
        GgufBuilder builder = GgufBuilder.Llama();
        int tokens = TestVocabularies.AddTo(builder, vocabulary);
        return builder.AddSingles("token_embd.weight", [16, (ulong)tokens], new float[16 * tokens])
            .AddTensor("blk.0.attn_q.weight", 8, [32, 16], new byte[16 * 34])
            .AddTensor("blk.0.ffn_up.weight", 12, [256, 1], new byte[144])
            .AddSingles("output_norm.weight", [16], new float[16]);
    }

    /// <summary>Damage in the first kilobytes, where the structure is, and in numbers, which hold lengths and offsets.</summary>
    private static byte[] Mutate(byte[] original, Random random)
    {
        byte[] file = [.. original];
        if (random.Next(3) == 0)
        {
            int at = random.Next(file.Length - 8);
            long[] extremes = [0, -1, long.MaxValue, int.MaxValue, uint.MaxValue, 1L << 40, file.Length];
            BitConverter.GetBytes(extremes[random.Next(extremes.Length)]).CopyTo(file, at);
            return file;
        }

        int head = random.Next(8) == 0 ? file.Length : Math.Min(file.Length, 700);
        return [.. Mutation.Of(file[..head], random), .. file[head..]];
    }

    private static void ReadWhole(ModelTensor tensor)
    {
        for (int row = 0; row < tensor.RowCount; row++) Assert.False(tensor.RowBytes(row).IsEmpty);
        var values = new float[tensor.ElementCount];
        TensorRows.Read(tensor, 0, values);
    }
}
