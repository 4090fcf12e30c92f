namespace Trireme.Worker.Tests.Onnx;

/// <summary>Small ONNX models; field and enum numbers are those of onnx.proto.</summary>
internal static class OnnxSamples
{
    public const int Fp32 = 1;
    public const int Int64 = 7;
    public const int Text = 8;

    private const int ExternalData = 1;
    private const int AttributeOfInt = 2;
    private const int AttributeOfTexts = 8;

    /// <summary>The protocol's datatypes with ONNX's numbers for them.</summary>
    public static (string DataType, int Element)[] Types { get; } =
    [
        ("BOOL", 9), ("UINT8", 2), ("UINT16", 4), ("UINT32", 12), ("UINT64", 13), ("INT8", 3), ("INT16", 5), ("INT32", 6), ("INT64", Int64),
        ("FP16", 10), ("FP32", Fp32), ("FP64", 11), ("BYTES", Text),
    ];

    /// <summary>y = x W + b for x of N x 3 and y of N x 2, or for one row only.</summary>
    public static byte[] Linear(string rows = "N", string outputRows = "N") => Model(graph => graph
        .Message(1, node => node.Text(1, "x").Text(1, "w").Text(1, "b").Text(2, "y").Text(4, "Gemm"))
        .Message(5, tensor => tensor.Number(1, 3).Number(1, 2).Number(2, Fp32).Singles(4, 1, 2, 3, 4, 5, 6).Text(8, "w"))
        .Message(5, tensor => tensor.Number(1, 2).Number(2, Fp32).Singles(4, 0.5f, -0.5f).Text(8, "b"))
        .Message(11, value => Value(value, "x", Fp32, rows, "3"))
        .Message(12, value => Value(value, "y", Fp32, outputRows, "2")));

    /// <summary>The same with W in a file beside it, which ONNX Runtime opens itself.</summary>
    public static byte[] LinearWithFile(string name) => Model(graph => graph
        .Message(1, node => node.Text(1, "x").Text(1, "w").Text(2, "y").Text(4, "MatMul"))
        .Message(5, tensor => tensor.Number(1, 3).Number(1, 2).Number(2, Fp32).Text(8, "w")
            .Message(13, entry => entry.Text(1, "location").Text(2, name)).Number(14, ExternalData))
        .Message(11, value => Value(value, "x", Fp32, "N", "3"))
        .Message(12, value => Value(value, "y", Fp32, "N", "2")));

    /// <summary>
    /// A model that ONNX Runtime is busy for minutes to load: it computes what depends on no input, here a thousand products of
    /// matrices of 2048 x 2048, before it gives the session back.
    /// </summary>
    public static byte[] SlowToLoad() => Model(graph =>
    {
        graph.Message(5, tensor => tensor.Number(1, 2).Number(2, Int64).Number(7, 2048).Number(7, 2048).Text(8, "shape"));
        graph.Message(1, node => node.Text(1, "shape").Text(2, "product0").Text(4, "ConstantOfShape"));
        for (int factor = 0; factor < 1000; factor++)
        {
            string product = $"product{factor}";
            string next = $"product{factor + 1}";
            graph.Message(1, node => node.Text(1, product).Text(1, "product0").Text(2, next).Text(4, "MatMul"));
        }

        graph
            .Message(1, node => node.Text(1, "x").Text(1, "product1000").Text(2, "y").Text(4, "MatMul"))
            .Message(11, value => Value(value, "x", Fp32, "N", "2048"))
            .Message(12, value => Value(value, "y", Fp32, "N", "2048"));
    });

    /// <summary>What <see cref="Linear"/> gives for one row.</summary>
    public static float[] LinearOf(float a, float b, float c) => [a + (3 * b) + (5 * c) + 0.5f, (2 * a) + (4 * b) + (6 * c) - 0.5f];

    /// <summary>One input and one output per datatype, each of N x 2, given back as it came.</summary>
    public static byte[] Identities() => Model(graph =>
    {
        foreach ((string name, int element) in Types)
        {
            graph.Message(1, node => node.Text(1, name).Text(2, "same_" + name).Text(4, "Identity"));
            graph.Message(11, value => Value(value, name, element, "N", "2"));
            graph.Message(12, value => Value(value, "same_" + name, element, "N", "2"));
        }
    });

    /// <summary>Looks indices up in a list of four; any other index makes the run fail.</summary>
    public static byte[] Lookup() => Model(graph => graph
        .Message(1, node => node.Text(1, "list").Text(1, "index").Text(2, "found").Text(4, "Gather"))
        .Message(5, tensor => tensor.Number(1, 4).Number(2, Fp32).Singles(4, 10, 11, 12, 13).Text(8, "list"))
        .Message(11, value => Value(value, "index", Int64, "N"))
        .Message(12, value => Value(value, "found", Fp32, "N")));

    /// <summary>Names three numbers per row, as scikit-learn's classifiers do.</summary>
    public static byte[] ZipMap() => Model(graph => graph
        .Message(1, zip => zip.Text(1, "scores").Text(2, "probabilities").Text(4, "ZipMap").Text(7, "ai.onnx.ml").Message(5, names => names
            .Text(1, "classlabels_strings").Text(9, "no").Text(9, "maybe").Text(9, "yes").Number(20, AttributeOfTexts)))
        .Message(11, value => Value(value, "scores", Fp32, "N", "3"))
        .Message(12, value => value.Text(1, "probabilities").Message(2, type => type.Message(4, sequence => sequence.Message(1, item =>
            item.Message(5, map => map.Number(1, Text).Message(2, number => number.Message(1, tensor => tensor.Number(1, Fp32)))))))));

    /// <summary>The natural logarithm, which is no number for a negative one.</summary>
    public static byte[] Logarithm() => Model(graph => graph
        .Message(1, node => node.Text(1, "x").Text(2, "y").Text(4, "Log"))
        .Message(11, value => Value(value, "x", Fp32, "N"))
        .Message(12, value => Value(value, "y", Fp32, "N")));

    /// <summary>A sequence of tensors, which the protocol has no word for.</summary>
    public static byte[] Sequence() => Model(graph => graph
        .Message(1, node => node.Text(1, "x").Text(2, "parts").Text(4, "SplitToSequence").Message(5, axis => axis
            .Text(1, "axis").Number(3, 0).Number(20, AttributeOfInt)))
        .Message(11, value => Value(value, "x", Fp32, "N"))
        .Message(12, value => value.Text(1, "parts").Message(2, type => type.Message(4, sequence => sequence.Message(1, element =>
            element.Message(1, tensor => tensor.Number(1, Fp32)))))));

    private static byte[] Model(Action<OnnxFileWriter> graph) => new OnnxFileWriter()
        .Number(1, 8)
        .Text(2, "Trireme's tests")
        .Message(7, body =>
        {
            graph(body);
            body.Text(2, "sample");
        })
        .Message(8, opset => opset.Text(1, "").Number(2, 17))
        .Message(8, opset => opset.Text(1, "ai.onnx.ml").Number(2, 3))
        .ToArray();

    /// <summary>Names a tensor with a type and a shape of sizes and symbols.</summary>
    private static void Value(OnnxFileWriter value, string name, int element, params string[] shape) => value
        .Text(1, name)
        .Message(2, type => type.Message(1, tensor => tensor.Number(1, element).Message(2, dimensions =>
        {
            foreach (string size in shape)
            {
                dimensions.Message(1, one => _ = int.TryParse(size, out int number) ? one.Number(1, number) : one.Text(2, size));
            }
        })));
}
