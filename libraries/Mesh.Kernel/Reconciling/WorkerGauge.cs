namespace Mesh.Kernel.Reconciling;

/// <summary>A number that a module's part of a worker shows in the worker's status and metrics; register it as a singleton.</summary>
/// <param name="Name">Dotted, starting with the module: <c>discovery.probes</c>.</param>
/// <param name="Unit">In the sense of OpenTelemetry, such as <c>{instance}</c>.</param>
/// <param name="Description">For people.</param>
/// <param name="Read">Cheap, from any thread.</param>
public sealed record WorkerGauge(string Name, string Unit, string Description, Func<long> Read);
