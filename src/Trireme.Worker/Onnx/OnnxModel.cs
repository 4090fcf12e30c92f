using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Trireme.Inference.Formats;

namespace Trireme.Worker.Onnx;

/// <summary>An ONNX model in ONNX Runtime, on the CPU.</summary>
internal sealed class OnnxModel : IInferenceModel, IDisposable
{
    /// <summary>The only version of a model a worker serves; a release is what has versions here.</summary>
    public const string Version = "1";

    private readonly InferenceSession _session;
    private readonly OrtAllocator _memory = OrtAllocator.DefaultInstance;

    private OnnxModel(InferenceSession session, string file)
    {
        _session = session;
        Signature = OnnxSignature.Read(session, file);
    }

    public ModelSignature Signature { get; }

    /// <summary>The version of ONNX Runtime.</summary>
    public static string RuntimeVersion => OrtEnv.Instance().GetVersionString();

    /// <summary>Loads a file.</summary>
    /// <exception cref="ModelFormatException">ONNX Runtime refuses the file, or the protocol cannot say its inputs or outputs.</exception>
    public static OnnxModel Load(string path, int threads)
    {
        string file = Path.GetFileName(path);
        InferenceSession session;
        try
        {
            using var options = new SessionOptions
            {
                IntraOpNumThreads = threads,
                InterOpNumThreads = 1,
                LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
            };
            // Threads that spin while they wait take the cores from the workers beside this one.
            options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
            session = new InferenceSession(path, options);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new ModelFormatException(
                file, $"ONNX Runtime refuses it: {exception.Message}", "Check it with onnx.checker, or export the model again.", exception);
        }

        try
        {
            return new OnnxModel(session, file);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }

    public IReadOnlyList<IReadOnlyList<Tensor>> Run(IReadOnlyList<InferRequest> batch)
    {
        var values = new List<OrtValue>(Signature.Inputs.Count);
        try
        {
            for (int i = 0; i < Signature.Inputs.Count; i++) values.Add(Join(batch, i));
            string[] inputs = [.. Signature.Inputs.Select(static spec => spec.Name)];
            string[] outputs = [.. batch[0].Outputs.Select(static output => output.Name)];
            using var options = new RunOptions();
            using IDisposableReadOnlyCollection<OrtValue> results = _session.Run(options, inputs, values, outputs);
            return Split(batch, results);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new InferenceFailedException($"The model failed on these inputs: {exception.Message}", exception);
        }
        finally
        {
            foreach (OrtValue value in values) value.Dispose();
        }
    }

    public void Dispose() => _session.Dispose();

    /// <summary>Puts the rows of all requests behind each other.</summary>
    private OrtValue Join(IReadOnlyList<InferRequest> batch, int input)
    {
        Tensor first = batch[0].Inputs[input];
        long[] shape = [.. first.Shape];
        if (batch.Count > 1) shape[0] = batch.Sum(request => request.Inputs[input].Shape[0]);
        if (first.Type == InferDatatype.Bytes)
        {
            OrtValue texts = OrtValue.CreateTensorWithEmptyStrings(_memory, shape);
            int index = 0;
            foreach (InferRequest request in batch)
            {
                foreach (string text in request.Inputs[input].Texts) texts.StringTensorSetElementAt(text.AsSpan(), index++);
            }

            return texts;
        }

        OrtValue joined = OrtValue.CreateAllocatedTensorValue(_memory, OnnxSignature.ElementOf(first.Type), shape);
        Span<byte> left = joined.GetTensorMutableRawData();
        foreach (InferRequest request in batch)
        {
            byte[] data = request.Inputs[input].Data;
            data.CopyTo(left);
            left = left[data.Length..];
        }

        return joined;
    }

    /// <summary>Gives each request its rows of the outputs.</summary>
    private List<Tensor>[] Split(IReadOnlyList<InferRequest> batch, IReadOnlyCollection<OrtValue> results)
    {
        var parts = new List<Tensor>[batch.Count];
        for (int i = 0; i < parts.Length; i++) parts[i] = [];
        int output = 0;
        foreach (OrtValue result in results)
        {
            TensorSpec spec = Signature.FindOutput(batch[0].Outputs[output++].Name)!;
            Tensor whole = spec.IsMapPerRow ? MapOutput.Read(result, spec.Name, _memory) : ReadTensor(result, spec);
            if (batch.Count == 1)
            {
                parts[0].Add(whole);
                continue;
            }

            int rows = batch.Sum(static request => request.Rows);
            if (whole.Shape.Length == 0 || whole.Shape[0] != rows)
            {
                // Computing the requests one by one still answers them; only the speed suffers.
                throw new InferenceFailedException(
                    $"The output '{spec.Name}' has the shape [{string.Join(", ", whole.Shape)}] for {rows} rows; its model cannot batch.");
            }

            int first = 0;
            for (int i = 0; i < batch.Count; i++)
            {
                parts[i].Add(Rows(whole, first, batch[i].Rows));
                first += batch[i].Rows;
            }
        }

        return parts;
    }

    private static Tensor Rows(Tensor whole, int first, int count)
    {
        int bytes = whole.Data.Length / (int)whole.Shape[0];
        int texts = whole.Texts.Length / (int)whole.Shape[0];
        return new Tensor
        {
            Name = whole.Name,
            Type = whole.Type,
            Shape = [count, .. whole.Shape[1..]],
            Data = whole.Data[(first * bytes)..((first + count) * bytes)],
            Texts = whole.Texts[(first * texts)..((first + count) * texts)],
            Labels = whole.Labels,
        };
    }

    private static Tensor ReadTensor(OrtValue value, TensorSpec spec)
    {
        OrtTensorTypeAndShapeInfo info = value.GetTensorTypeAndShape();
        bool isText = info.ElementDataType == TensorElementType.String;
        return new Tensor
        {
            Name = spec.Name,
            Type = spec.Type,
            Shape = info.Shape,
            Data = isText || info.ElementCount == 0 ? [] : value.GetTensorMutableRawData().ToArray(),
            Texts = isText ? value.GetStringTensorAsArray() : [],
        };
    }
}
