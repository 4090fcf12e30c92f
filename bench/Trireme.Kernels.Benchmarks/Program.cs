using System.Globalization;
using Trireme.Inference.Kernels;
using Trireme.Kernels.Benchmarks;

// Rates of the kernels over packed weights, and of attention where two vector widths serve, against what the machine can do at most.
// Rounds are interleaved, so that what else runs on the machine falls on all measures alike; the best round is nearest to what the
// kernel can do, the median to what it did.
// "threads" measures what trying thread counts costs instead, and fails where that is too much.
if (args is ["threads"])
{
    using var workload = new Workload(WeightType.Int8);
    return new ThreadTrials(workload, KernelChoice.Best.For(WeightType.Int8), threads: 2).Run() ? 0 : 1;
}

int rounds = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 9;
using var workloads = new Workloads();
using var two = new ComputeThreads(2);
var measures = new List<Measure>();
Measure read = AddRead("read, 1 thread", threads: 1);
Measure readTwo = AddRead("read, 2 threads", threads: 2);
const long PeakRounds = 4_000_000;
var peak = new Measure(
    "VPDPBUSD peak, 1 thread", Floors.OperationsPerRound * PeakRounds / 1e9, "GOPS", floor: null, () => Floors.DotProducts(PeakRounds));
measures.Add(peak);
foreach (Workload workload in workloads.All)
{
    foreach (KernelPath path in Paths(workload))
    {
        string name = workload.Type == WeightType.BFloat16 ? "bf16" : $"{workload.Type} {path.Name()}";
        bool isBest = path == KernelChoice.Best.For(workload.Type) || workload.Type == WeightType.BFloat16;
        AddVector($"{name} 1 token, 1 thread", workload, path, threads: 1, read);
        if (isBest) AddVector($"{name} 1 token, 2 threads", workload, path, threads: 2, readTwo);
        AddMatrix($"{name} 4 tokens, 1 thread", workload, path, tokens: 4, threads: 1);
        AddMatrix($"{name} 256 tokens, 1 thread", workload, path, tokens: 256, threads: 1);
        if (isBest) AddMatrix($"{name} 256 tokens, 2 threads", workload, path, tokens: 256, threads: 2);
    }
}

// Spans whose size or values fill vectors of sixteen, and others.
using var wide = new AttentionWorkload(blockSize: 16, stride: 128, span: 64);
using var narrow = new AttentionWorkload(blockSize: 24, stride: 112, span: 72);
AddAttention("wide", wide);
AddAttention("narrow", narrow);

// The first runs compile; tiered compilation settles during the second.
foreach (Measure measure in measures) measure.Warm();
for (int round = 0; round < rounds; round++)
{
    foreach (Measure measure in measures) measure.Round();
}

Console.WriteLine($"{Workload.Rows} x {Workload.Columns}, {rounds} rounds     best    median       of the floor");
foreach (Measure measure in measures) Console.WriteLine(measure);
return 0;

IEnumerable<KernelPath> Paths(Workload workload) =>
    workload.Type == WeightType.BFloat16
        ? [KernelPath.Scalar]
        : Enum.GetValues<KernelPath>().Where(path => path != KernelPath.Scalar && path.IsSupported());

Measure AddRead(string name, int threads)
{
    Workload workload = workloads.All[0];
    var measure = new Measure(name, workload.Bytes / 1e9, "GB/s", floor: null, () => Run(threads, workload.Read));
    measures.Add(measure);
    return measure;
}

void AddVector(string name, Workload workload, KernelPath path, int threads, Measure floor) =>
    measures.Add(new Measure(
        name, workload.Bytes / 1e9, "GB/s", floor, () => Run(threads, (i, n) => workload.Multiply(path, workload.Matrices, 1, i, n))));

void AddMatrix(string name, Workload workload, KernelPath path, int tokens, int threads) =>
    measures.Add(new Measure(
        name,
        Workload.OperationsPerMatrix(tokens) * Matrices(tokens) / 1e9,
        "GOPS",
        peak,
        () => Run(threads, (i, n) => workload.Multiply(path, Matrices(tokens), tokens, i, n))));

void AddAttention(string name, AttentionWorkload workload)
{
    measures.Add(new Measure($"attention sums, {name}", workload.SumOperations / 1e9, "GOPS", floor: null, workload.Sum));
    measures.Add(new Measure($"softmax, {name}", workload.SoftmaxNumbers / 1e9, "G/s", floor: null, workload.Softmax));
}

static int Matrices(int tokens) => tokens <= 4 ? 8 : 1;

void Run(int threads, Action<int, int> work)
{
    if (threads == 1)
    {
        work(0, 1);
    }
    else
    {
        two.Run(work);
    }
}
