using System.Reflection;

namespace Aspire.Hosting.Testing;

/// <summary>
/// Stands between a test and the AppHost whose entry point it runs: the entry point stops at <c>Build()</c> until the test has added
/// what it wants, and its <c>Run()</c> only waits for the test to end the application.
/// </summary>
internal sealed class EntryPointGate(Assembly appHost, string dataFolder)
{
    private static readonly AsyncLocal<EntryPointGate?> Entered = new();
    private readonly TaskCompletionSource<IDistributedApplicationBuilder> _described = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<DistributedApplication> _built = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public static EntryPointGate? Current => Entered.Value;

    public Assembly AppHost => appHost;

    public string DataFolder => dataFolder;

    public Task<IDistributedApplicationBuilder> Described => _described.Task;

    public Task Ended => _ended.Task;

    /// <summary>Runs the entry point on a thread of its own; a fault in it fails whatever the test waits for.</summary>
    public void Enter(string[] args) => _ = Task.Factory.StartNew(
        () =>
        {
            Entered.Value = this;
            try
            {
                appHost.EntryPoint!.Invoke(null, appHost.EntryPoint.GetParameters().Length == 0 ? [] : [args]);
                throw new DistributedApplicationException($"The entry point of {appHost.GetName().Name} returned without building and running an application.");
            }
            catch (Exception fault)
            {
                var cause = fault is TargetInvocationException { InnerException: { } inner } ? inner : fault;
                _described.TrySetException(cause);
                _built.TrySetException(cause);
            }
        },
        CancellationToken.None,
        TaskCreationOptions.LongRunning,
        TaskScheduler.Default);

    public void WaitForTest(IDistributedApplicationBuilder builder)
    {
        _described.TrySetResult(builder);
        _go.Task.GetAwaiter().GetResult();
    }

    public void Built(DistributedApplication application) => _built.TrySetResult(application);

    public Task<DistributedApplication> Build()
    {
        _go.TrySetResult();
        return _built.Task;
    }

    public void End()
    {
        _go.TrySetException(new ObjectDisposedException(nameof(DistributedApplicationTestingBuilder)));
        _ended.TrySetResult();
    }
}
