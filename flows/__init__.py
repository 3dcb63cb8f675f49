"""What runs when: the only package, with console.launch, that knows Prefect."""
