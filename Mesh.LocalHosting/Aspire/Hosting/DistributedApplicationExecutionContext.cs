namespace Aspire.Hosting;

/// <summary>Whether the application is run or published. The local engine only runs.</summary>
public sealed class DistributedApplicationExecutionContext
{
    public bool IsRunMode => true;

    public bool IsPublishMode => false;
}
