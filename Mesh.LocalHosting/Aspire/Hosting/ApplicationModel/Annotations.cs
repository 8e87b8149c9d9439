namespace Aspire.Hosting.ApplicationModel;

/// <summary>Sets environment variables when everything about endpoints is known.</summary>
public sealed class EnvironmentCallbackAnnotation(Func<EnvironmentCallbackContext, Task> callback) : IResourceAnnotation
{
    public Func<EnvironmentCallbackContext, Task> Callback => callback;
}

/// <summary>The variables a resource is about to start with.</summary>
public sealed class EnvironmentCallbackContext(DistributedApplicationExecutionContext executionContext, Dictionary<string, object> environmentVariables)
{
    public DistributedApplicationExecutionContext ExecutionContext => executionContext;

    public Dictionary<string, object> EnvironmentVariables => environmentVariables;
}

/// <summary>A resource starts only when another is healthy.</summary>
public sealed class WaitAnnotation(IResource resource) : IResourceAnnotation
{
    public IResource Resource => resource;
}

/// <summary>The tag of the container image; the local engine starts no containers.</summary>
public sealed class ContainerImageTagAnnotation(string tag) : IResourceAnnotation
{
    public string Tag => tag;
}

/// <summary>The path that answers 2xx once a resource is healthy.</summary>
internal sealed class HttpHealthCheckAnnotation(string path, string endpointName) : IResourceAnnotation
{
    public string Path => path;

    public string EndpointName => endpointName;
}
