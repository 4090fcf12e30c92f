using System.Diagnostics;
using System.Globalization;
using System.Text;
using Trireme.Testing;
using Trireme.Worker.Http;
using Trireme.Worker.Onnx;

namespace Trireme.Worker.Tests.Onnx;

public sealed class OnnxFuzzTests
{
    private const int Bodies = 100_000;
    private const int Models = 2_000;

    private static readonly ModelSignature Signature = new(
        [
            new TensorSpec { Name = "numbers", Type = InferDatatype.Fp32, Shape = [TensorSpec.Dynamic, 2] },
            new TensorSpec { Name = "texts", Type = InferDatatype.Bytes, Shape = [TensorSpec.Dynamic] },
        ],
        [new TensorSpec { Name = "y", Type = InferDatatype.Int64, Shape = [TensorSpec.Dynamic] }]);

    private static readonly string[] Seeds =
    [
        """{"id":"a","inputs":[{"name":"numbers","shape":[2,2],"datatype":"FP32","data":[[1,2.5],[-3e4,0]]},"""
            + """{"name":"texts","shape":[2],"datatype":"BYTES","data":["a\u00fc","\ud83d\udea3"]}],"outputs":[{"name":"y"}]}""",
        """{"inputs":[{"name":"texts","shape":[2],"datatype":"BYTES","parameters":{"binary_data_size":12}},"""
            + """{"name":"numbers","shape":[2,2],"datatype":"FP32","parameters":{"binary_data_size":16}}]"""
            + ""","parameters":{"binary_data_output":true}}""",
    ];

    [Fact]
    public void A_mutated_body_is_read_or_refused_with_a_reason()
    {
        var random = new Random(1);
        int refused = 0;
        for (int i = 0; i < Bodies; i++)
        {
            byte[] json = Mutate(Encoding.UTF8.GetBytes(Seeds[i % Seeds.Length]), random);
            byte[] binary = Mutate([2, 0, 0, 0, 97, 98, 2, 0, 0, 0, 99, 100, 0, 0, 128, 63, .. new byte[12]], random);
            InferRequest? request = InferRequestReader.TryRead(Signature, json, binary, out WorkerError? error);
            Assert.True(request is null == error is not null);
            if (error is not null)
            {
                refused++;
                Assert.NotEmpty(error.Message);
                continue;
            }

            foreach (Tensor input in request!.Inputs)
            {
                long count = input.Shape.Aggregate(1L, (product, size) => product * size);
                Assert.Equal(count, input.Type == InferDatatype.Bytes ? input.Texts.Length : input.Data.Length / sizeof(float));
            }
        }

        Assert.InRange(refused, Bodies / 2, Bodies - 1);
    }

    /// <summary>In a process of its own, because the reader is native code, whose faults nothing here could catch.</summary>
    [Fact]
    public async Task A_mutated_model_is_loaded_or_refused_and_never_ends_the_process()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { UseShellExecute = false, RedirectStandardError = true };
        start.ArgumentList.Add(Program.ModelFuzzMode);
        using Process process = Process.Start(start)!;
        string errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"Exit code {process.ExitCode}: {errors}");
    }

    /// <summary>Loads mutated models and runs those that load; the exit code of the process that does only this.</summary>
    internal static int LoadMutatedModels()
    {
        using var folder = new TemporaryFolder();
        string file = folder.File("model.onnx");
        byte[][] seeds =
            [OnnxSamples.Linear(), OnnxSamples.Identities(), OnnxSamples.Lookup(), OnnxSamples.ZipMap(), OnnxSamples.Sequence()];
        var random = new Random(2);
        int refused = 0;
        for (int i = 0; i < Models; i++)
        {
            File.WriteAllBytes(file, Mutate(seeds[i % seeds.Length], random));
            try
            {
                OnnxModel.Load(file, threads: 1).Dispose();
            }
            catch (Inference.Formats.ModelFormatException)
            {
                refused++;
            }
            catch (Exception exception)
            {
                Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"Model {i}: {exception}"));
                return 1;
            }
        }

        return refused is > Models / 4 and < Models ? 0 : 2;
    }

    private static byte[] Mutate(byte[] seed, Random random)
    {
        List<byte> bytes = [.. seed];
        for (int changes = random.Next(1, 4); changes > 0 && bytes.Count > 0; changes--)
        {
            int at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    bytes.RemoveRange(at, random.Next(Math.Min(8, bytes.Count - at)) + 1);
                    break;
                case 3:
                    bytes.InsertRange(at, bytes.GetRange(at, random.Next(Math.Min(16, bytes.Count - at)) + 1));
                    break;
                default:
                    bytes.InsertRange(at, Encoding.UTF8.GetBytes(random.Next(2) == 0 ? "9999999999" : "[{\"\\ud800"));
                    break;
            }
        }

        return [.. bytes];
    }
}
